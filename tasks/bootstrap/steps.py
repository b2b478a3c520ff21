"""How a checkout is made ready: each step behind a stamp, so that a second time takes no time."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.bootstrap.shell import CHECKOUT, VAR, VENV, output, run, say

FRONTEND = CHECKOUT / "frontend"
_NOT_SOURCES = {"node_modules", "dist", "coverage", "test-results", "__pycache__"}


@dataclass(frozen=True)
class Step:
    """Something to make from `inputs`, of which `proof` is the visible result."""

    name: str
    inputs: Sequence[Path]
    proof: Path
    make: Callable[[], None]
    also: Callable[[], str] = lambda: ""
    """What else the result depends on, such as the version of a tool."""

    def run(self) -> None:
        """Make it, unless it stands there already, made from the same inputs."""
        stamp = VAR / "stamps" / self.name.replace(" ", "-")
        digest = self._digest()
        if self.proof.exists() and stamp.exists() and stamp.read_text() == digest:
            return
        say(f"Making the {self.name} ...")
        stamp.unlink(missing_ok=True)
        self.make()
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)

    def _digest(self) -> str:
        digest = hashlib.sha256(self.also().encode())
        for path in self.inputs:
            for file in _files(path):
                digest.update(f"{file.relative_to(CHECKOUT)}\0".encode() + file.read_bytes())
        return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    """The file, or all source files of the folder, in an order that is always the same."""
    if path.is_file():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(set(folders) - _NOT_SOURCES)
        yield from (Path(folder, name) for name in sorted(files))


def _make_venv() -> None:
    python = VENV / "bin/python"
    if not output([str(python), "-c", "print('alive')"]):
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], what="making .venv")
    lock = CHECKOUT / "requirements/dev.txt"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = VENV / "bin/uv"
    if not uv.exists():
        _install_uv(pip, lock)
    hashed = ["--require-hashes", "-r", str(lock)]
    faster = [str(uv), "pip", "install", "--quiet", "--python", str(python), *hashed]
    if subprocess.run(faster, cwd=CHECKOUT).returncode != 0:
        # uv does not read pip's configuration: behind a company's own index only pip gets through.
        say("uv could not install the Python packages; trying pip ...")
        run([*pip, *hashed], what="installing Python packages")


def _install_uv(pip: list[str], lock: Path) -> None:
    """uv alone first, by its pinned hashes: it installs the rest in a tenth of pip's time."""
    block = re.search(r"^uv==.*(?:\n +.*)*", lock.read_text(), re.MULTILINE)
    assert block is not None, f"{lock} does not pin uv"
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only:
        only.write(f"{block[0]}\n")
        only.flush()
        run([*pip, "--require-hashes", "--no-deps", "-r", only.name], what="installing uv")


def _make_node_modules() -> None:
    quiet = ["--no-audit", "--no-fund", "--loglevel", "error"]
    run(["npm", "ci", *quiet], what="installing npm packages", folder=FRONTEND)


def _make_frontend() -> None:
    run(["npm", "run", "--silent", "build"], what="building the front end", folder=FRONTEND)


def _make_guest() -> None:
    folder = VAR / "cache/guest"
    run([str(VENV / "bin/python"), "-m", "tasks.guest", str(folder)], what="building the guest")


PYTHON_PACKAGES = Step(
    name="Python packages",
    inputs=[CHECKOUT / "requirements/dev.txt"],
    proof=VENV / "bin/python",
    make=_make_venv,
    also=lambda: f"{sys.version} {VENV}",
)
NPM_PACKAGES = Step(
    name="npm packages",
    inputs=[FRONTEND / "package.json", FRONTEND / "package-lock.json"],
    proof=FRONTEND / "node_modules",
    make=_make_node_modules,
    also=lambda: output(["node", "--version"]),
)
FRONT_END = Step(
    name="front end",
    inputs=[FRONTEND],
    proof=FRONTEND / "dist/manifest.json",
    make=_make_frontend,
    also=lambda: output(["node", "--version"]),
)
GUEST_IMAGE = Step(
    name="guest image",
    inputs=[CHECKOUT / "tasks/guest"],
    proof=VAR / "cache/guest/tiny.initrd",
    make=_make_guest,
)

ALL = (PYTHON_PACKAGES, NPM_PACKAGES, FRONT_END, GUEST_IMAGE)
