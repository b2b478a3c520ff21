"""The commands behind the Makefile."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from tasks.bootstrap import packages, stages, steps
from tasks.bootstrap.shell import CHECKOUT, VAR, VENV, Failed, run, say, sudo

_PYTHON = str(VENV / "bin/python")
_LINT = tuple(stage for stage in stages.STAGES if stage.name.startswith("lint"))


def main(argv: Sequence[str]) -> int:
    """Run one command; the exit status is for make."""
    if not argv or argv[0] not in _COMMANDS:
        say(f"usage: python3 -m tasks.bootstrap {' | '.join(_COMMANDS)}")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `make` passes its own on
    try:
        return _COMMANDS[argv[0]](list(argv[1:]))
    except Failed as failed:
        say(f"error: {failed}")
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def up(options: list[str]) -> int:
    """Make the checkout ready, then become the supervisor."""
    _prepare(packages.UP, steps.ALL)
    packages.install_own_kernels()
    command = [_PYTHON, "-m", "tasks.sandbox", "up", *options]
    try:
        command = [*sudo(), *command]
    except Failed as failed:
        say(f"note: {failed}. Without it there are no hypervisors; drawing and checking work")
    os.chdir(CHECKOUT)
    os.execvp(command[0], command)  # noqa: S606  (our PID is what make and the user signal)


def test(options: list[str]) -> int:
    """Make the checkout ready for every test, then run them all."""
    chosen = _chosen(options)
    _prepare((*packages.UP, *packages.TEST), steps.ALL)
    packages.install_own_kernels()
    return stages.run(chosen, leak_check=not options)


def lint(options: list[str]) -> int:
    """Everything that reads the code without running it."""
    _prepare(packages.UP, (steps.PYTHON_PACKAGES, steps.NPM_PACKAGES))
    return stages.run(_LINT, leak_check=False)


def fmt(options: list[str]) -> int:
    """Format, and mend what can be mended by rule."""
    _prepare(packages.UP, (steps.PYTHON_PACKAGES,))
    ruff = str(VENV / "bin/ruff")
    run([ruff, "check", "--fix", "--quiet", "."], what="mending")
    run([ruff, "format", "--quiet", "."], what="formatting")
    return 0


def generated(options: list[str]) -> int:
    """Make the files again that are made from other files."""
    _prepare(packages.UP, (steps.PYTHON_PACKAGES, steps.NPM_PACKAGES))
    run([_PYTHON, "-m", "tasks.bootstrap.generated", "--write"], what="generating")
    return 0


def build(options: list[str]) -> int:
    """The front end and the guest image."""
    _prepare(packages.UP, steps.ALL)
    return 0


def bench(options: list[str]) -> int:
    """Deploy and destroy against a plain `ip -batch`, side by side."""
    _prepare(packages.UP, (steps.PYTHON_PACKAGES,))
    return subprocess.run(
        [*sudo(), _PYTHON, "-m", "tests.bench", *options], cwd=CHECKOUT
    ).returncode


def clean(options: list[str]) -> int:
    """Remove everything these commands made; the sources and the Debian packages stay."""
    made = [
        VAR,
        VENV,
        CHECKOUT / "static",
        steps.FRONTEND / "dist",
        steps.FRONTEND / "node_modules",
    ]
    made += [CHECKOUT / name for name in (".mypy_cache", ".ruff_cache", ".pytest_cache")]
    for path in (path for path in made if path.exists()):
        say(f"Removing {path.relative_to(CHECKOUT)}")
        _remove(path)
    return 0


def _prepare(wanted: Sequence[packages.Package], needed: Sequence[steps.Step]) -> None:
    packages.check_machine()
    packages.install(wanted)
    packages.make_qemu_user()
    if any(step is not steps.PYTHON_PACKAGES and step is not steps.GUEST_IMAGE for step in needed):
        packages.check_node()
    for step in needed:
        try:
            step.run()
        except Failed as failed:
            if step is not steps.GUEST_IMAGE:
                raise
            say(f"note: {failed}. Without the guest image no built-in lab with a VM can start")


def _chosen(options: list[str]) -> tuple[stages.Stage, ...]:
    """All stages, or those whose name contains one of the words given."""
    chosen = tuple(
        stage
        for stage in stages.STAGES
        if not options or any(word in stage.name for word in options)
    )
    if not chosen:
        names = ", ".join(stage.name for stage in stages.STAGES)
        raise Failed(f"no stage is called {' or '.join(options)}. There are: {names}")
    return chosen


def _remove(path: Path) -> None:
    """As ourselves first; what a hypervisor wrote as root goes as root."""
    shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        run([*sudo(), "rm", "-rf", "--one-file-system", str(path)], what=f"removing {path}")


_COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "up": up,
    "test": test,
    "bench": bench,
    "lint": lint,
    "fmt": fmt,
    "generated": generated,
    "build": build,
    "clean": clean,
}
