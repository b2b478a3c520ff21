"""Run programs and tell the user about it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
VAR = CHECKOUT / "var"
VENV = CHECKOUT / ".venv"


class Failed(Exception):
    """Something the user must know and act on; the text is all they need."""


def say(words: str) -> None:
    """Print at once, also when our output is a pipe."""
    print(words, flush=True)


def sudo() -> list[str]:
    """What to put before a command that needs root, or Failed when there is no way to it."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo"]
    raise Failed("this needs root and there is no sudo: run the same command as root")


def run(
    argv: Sequence[str], *, what: str, folder: Path = CHECKOUT, env: Mapping[str, str] | None = None
) -> None:
    """Run a program that must succeed, its output shown as it comes."""
    try:
        status = subprocess.run(argv, cwd=folder, env={**os.environ, **(env or {})}).returncode
    except FileNotFoundError:
        raise Failed(f"{what}: {argv[0]} is not installed") from None
    if status != 0:
        raise Failed(f"{what}: `{' '.join(argv)}` failed, see above")


def output(argv: Sequence[str]) -> str:
    """What a program prints; nothing when it fails or is not there."""
    try:
        return subprocess.run(argv, capture_output=True, text=True).stdout
    except FileNotFoundError:
        return ""
