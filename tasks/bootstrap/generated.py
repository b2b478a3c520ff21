"""python -m tasks.bootstrap.generated: are the files that are made from other files still fresh?

The chain: the server's views and schemas → openapi.json → the front end's TypeScript types.
`--write` makes them again instead of only looking.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tasks.bootstrap.shell import CHECKOUT, VENV, Failed, run

FRONTEND = CHECKOUT / "frontend"
SCHEMA = FRONTEND / "src/generated/openapi.json"
TYPES = FRONTEND / "src/generated/types.ts"
_MANAGE = [str(VENV / "bin/python"), str(CHECKOUT / "manage.py")]


def write() -> None:
    """Make both files."""
    run([*_MANAGE, "export_schema"], what="writing openapi.json")
    _make_types(TYPES)


def check() -> None:
    """Raise Failed if either file is not what would be made now."""
    run([*_MANAGE, "export_schema", "--check"], what="openapi.json")
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder, TYPES.name)
        _make_types(fresh)
        if not TYPES.exists() or TYPES.read_bytes() != fresh.read_bytes():
            raise Failed(f"{TYPES.relative_to(CHECKOUT)} is stale. Run: make generated")
    print(f"{TYPES.relative_to(CHECKOUT)} is fresh.")


def _make_types(target: Path) -> None:
    run(
        ["npx", "--no-install", "openapi-typescript", str(SCHEMA), "--output", str(target)],
        what="writing TypeScript types",
        folder=FRONTEND,
    )


if __name__ == "__main__":
    try:
        write() if sys.argv[1:] == ["--write"] else check()
    except Failed as failed:
        sys.exit(f"error: {failed}")
