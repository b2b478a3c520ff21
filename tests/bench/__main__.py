"""Run the benches and print their tables."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys

import tests.bench


def main() -> int:
    """Exit status: 0 all ran, 1 some did not, 2 wrong arguments."""
    found = benches()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(found)}")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(found))
    if unknown:
        parser.error(f"no bench is called {', '.join(unknown)}; there are {', '.join(found)}")
    if os.geteuid() != 0:
        print("The benches work on real network namespaces: run them as root.", file=sys.stderr)
        return 1
    status = 0
    for name in arguments.names or found:
        try:
            table = importlib.import_module(f"tests.bench.{name}").run(arguments.quick)
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            status = 1
            continue
        print(f"\n{table}", flush=True)
    return status


def benches() -> list[str]:
    """The modules here that have something to run."""
    names = (module.name for module in pkgutil.iter_modules(tests.bench.__path__))
    return [
        name
        for name in names
        if name != "__main__" and hasattr(importlib.import_module(f"tests.bench.{name}"), "run")
    ]


if __name__ == "__main__":
    sys.exit(main())
