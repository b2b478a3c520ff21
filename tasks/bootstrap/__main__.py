"""Check the interpreter first, in words that any Python 3 can read; then do what was asked."""

import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    have = ".".join(map(str, sys.version_info[:2]))
    sys.exit(
        "error: Python " + have + " is too old: Trunkline needs 3.11 or newer. Install it, then "
        "run `make PYTHON=python3.11 up`."
    )

from tasks.bootstrap import commands  # noqa: E402  (it does not parse on an older Python)

sys.exit(commands.main(sys.argv[1:]))
