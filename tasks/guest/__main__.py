"""python -m tasks.guest DIR"""

from __future__ import annotations

import sys
from pathlib import Path

from tasks.guest import GuestError, build


def main(argv: list[str]) -> int:
    """Build the guest into the folder named; exit 2 for wrong arguments, 1 for a failed build."""
    if len(argv) != 1:
        print("usage: python -m tasks.guest DIR", file=sys.stderr)
        return 2
    try:
        build(Path(argv[0]))
    except GuestError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
