"""The pure half of the designer runs where no framework and no driver library is installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

import designer

FRAMEWORKS = ("django", "channels", "celery", "redis", "ninja", "pyroute2", "libvirt", "websockets")
BARE = ("topology", "machine", "planner", "rules", "compiler", "wire", "files")
PLAIN = ("topology", "machine")

PROGRAM = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"{{name}} is not installed here")

sys.meta_path.insert(0, Absent())
for room in {rooms!r}:
    package = importlib.import_module("designer." + room)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
        print(module.name)
"""


def imported(rooms: tuple[str, ...], absent: tuple[str, ...]) -> list[str]:
    """The modules of these rooms, imported in a Python that lacks those packages."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(rooms=rooms, absent=set(absent))],
        capture_output=True,
        text=True,
        cwd=designer.__path__[0] + "/..",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_pure_half_needs_no_framework() -> None:
    assert len(imported(BARE, FRAMEWORKS)) > 50


def test_topology_and_machine_need_the_standard_library_alone() -> None:
    absent = (*FRAMEWORKS, "pydantic", "networkx", "yaml", "lxml", "typing_extensions")
    assert len(imported(PLAIN, absent)) > 10


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_lack_is_real(name: str) -> None:
    """What the two tests above take away would be found without that."""
    program = PROGRAM.format(rooms=(), absent={name}) + f"\nimport {name}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode != 0
    assert "is not installed here" in done.stderr
