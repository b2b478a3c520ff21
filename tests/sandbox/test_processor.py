"""A kernel in user mode and the processor below it: which one it is on, and its registers."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.sandbox import SandboxError, UserModeMachine, paths
from tasks.sandbox.user_mode import kernel, registers
from tasks.sandbox.user_mode.processors import Processors

needs_kernel = pytest.mark.skipif(
    not kernel.MODULES.is_dir(), reason="user-mode-linux is not installed"
)
pytestmark = [pytest.mark.kernel, pytest.mark.own_kernel]

compiles_for_x86_64 = pytest.mark.skipif(
    platform.machine() != "x86_64" or shutil.which("gcc") is None,
    reason="registers of x86-64, and wants gcc",
)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UserModeMachine]:
    with UserModeMachine("one", tmp_path_factory.mktemp("one")) as machine:
        yield machine


@needs_kernel
@compiles_for_x86_64
def test_processes_and_threads_keep_their_registers(one: UserModeMachine) -> None:
    program = _compiled("keeps.c", one.folder / "keeps")
    assert subprocess.run([program]).returncode == 0
    assert one.run([program]).returncode == 0


@needs_kernel
@compiles_for_x86_64
def test_they_do_on_processors_with_more_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    amx = _compiled("amx.c", tmp_path / "amx.so", "-shared", "-fPIC")
    ours = registers.library(paths.cache_dir())
    with monkeypatch.context() as patch:
        patch.setattr(registers, "library", lambda _: f"{amx}")
        bare = UserModeMachine("bare", tmp_path / "bare")
        with pytest.raises(SandboxError):  # else there would be nothing to help with
            bare.start()
    monkeypatch.setattr(registers, "library", lambda _: f"{ours}:{amx}")
    with UserModeMachine("wide", tmp_path / "wide") as wide:
        assert wide.run([_compiled("keeps.c", wide.folder / "keeps")]).returncode == 0


def _compiled(source: str, program: Path, *options: str) -> str:
    file = str(Path(__file__).with_name(source))
    argv = ["gcc", "-O1", "-Wall", "-Werror", "-pthread", *options, "-o", str(program), file]
    subprocess.run([*argv, "-ldl"], check=True)
    return str(program)


@needs_kernel
def test_kernels_are_each_on_one_processor_with_their_processes(
    one: UserModeMachine, tmp_path: Path
) -> None:
    allowed = os.sched_getaffinity(0)
    with UserModeMachine("two", tmp_path / "two") as two:
        chosen = [_processor_of(machine) for machine in (one, two)]
    assert set(chosen) <= allowed


def _processor_of(machine: UserModeMachine) -> int:
    with machine.popen(["sleep", "60"]) as sleeper:
        kernels = [pid for pid in _below(machine.kernel_pid) if _is_the_kernel(pid)]
        on = {frozenset(os.sched_getaffinity(pid)) for pid in kernels}
        sleeper.kill()
    assert len(kernels) > 1  # a process of its own for what runs in it
    [[processor]] = on
    return processor


def test_processors_are_taken_in_turn() -> None:
    allowed = sorted(os.sched_getaffinity(0))
    processors = Processors()
    assert [processors.take() for _ in allowed] == allowed
    assert processors.take() == allowed[0]
    for _ in range(2):
        processors.give_back(allowed[-1])
        assert processors.take() == allowed[-1]


def _below(pid: int) -> Iterator[int]:
    """All processes that descend from it."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield int(child)
        yield from _below(int(child))


def _is_the_kernel(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == "linux.uml"
