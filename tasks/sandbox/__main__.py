"""python -m tasks.sandbox up [--hypervisors N] [--port PORT] [--var DIR]"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tasks.sandbox import paths
from tasks.sandbox.errors import SandboxError
from tasks.sandbox.requirements import missing
from tasks.sandbox.up import up


def main(argv: list[str]) -> int:
    """Parse the command line and run what it asks for."""
    parser = argparse.ArgumentParser(prog="python -m tasks.sandbox")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="start the controller and sandbox hypervisors")
    start.add_argument("--hypervisors", type=int, default=2, metavar="N", help="how many (2)")
    start.add_argument("--port", type=int, default=8000, help="of the web server, or the next free")
    start.add_argument("--var", type=Path, default=paths.var_dir(), help="folder for all state")
    commands.add_parser("check", help="say what this machine lacks for a sandbox")
    asked = parser.parse_args(argv)
    try:
        if asked.command == "check":
            findings = missing()
            print("\n".join(str(finding) for finding in findings) or "Nothing is missing.")
            return 1 if any(finding.stops for finding in findings) else 0
        names = [f"hv{n}" for n in range(1, asked.hypervisors + 1)]
        return up(asked.var.resolve(), names, asked.port)
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
