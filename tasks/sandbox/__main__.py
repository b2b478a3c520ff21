"""python -m tasks.sandbox up [--hypervisors N] [--user-mode M] [--port PORT] [--var DIR]

The same as `manage.py sandbox up …`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tasks.sandbox import paths, requirements
from tasks.sandbox.errors import SandboxError
from tasks.sandbox.up import up


def hypervisors(plain: int | None, user_mode: int | None) -> tuple[list[str], list[str]]:
    """Names of the hypervisors of both kinds, for the numbers asked for or this machine's own."""
    if user_mode is None:
        user_mode = 3 if requirements.wants_user_mode() else 0
    if plain is None:
        plain = 2 if user_mode else 3
    return [f"hv{n}" for n in range(1, plain + 1)], [f"uml{n}" for n in range(1, user_mode + 1)]


def main(argv: list[str]) -> int:
    """Parse the command line and run what it asks for."""
    parser = argparse.ArgumentParser(
        prog="sandbox", description="real hypervisors on this one machine"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="start the controller and sandbox hypervisors")
    start.add_argument(
        "--hypervisors",
        type=int,
        metavar="N",
        help="how many made of namespaces (3; 2 beside such with kernels of their own)",
    )
    start.add_argument(
        "--user-mode",
        type=int,
        metavar="M",
        help="how many with kernels of their own (3 where this machine's kernel has no 802.1Q "
        "and user-mode Linux is installed, else none)",
    )
    start.add_argument("--port", type=int, default=8000, help="of the web server, or the next free")
    start.add_argument("--var", type=Path, default=paths.var_dir(), help="folder for all state")
    commands.add_parser("check", help="say what this machine lacks for a sandbox")
    asked = parser.parse_args(argv)
    try:
        if asked.command == "check":
            findings = requirements.missing()
            print("\n".join(str(finding) for finding in findings) or "Nothing is missing.")
            return 1 if any(finding.stops for finding in findings) else 0
        names, user_mode = hypervisors(asked.hypervisors, asked.user_mode)
        return up(asked.var.resolve(), names, user_mode, asked.port)
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
