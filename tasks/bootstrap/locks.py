"""python -m tasks.bootstrap.locks: does each lock file of requirements/ fit what it was made from?

Checks without a network: every package that a .in file names is pinned with hashes in its .txt, at
a version that the .in file allows.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tasks.bootstrap.shell import CHECKOUT

REQUIREMENTS = CHECKOUT / "requirements"
_NAME = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*(.*)$")


def problems(folder: Path = REQUIREMENTS) -> list[str]:
    """One sentence for each thing that does not fit."""
    found = []
    for source in sorted(folder.glob("*.in")):
        lock = source.with_suffix(".txt")
        if not lock.exists():
            found.append(f"{lock.name} is missing: compile it from {source.name}")
            continue
        text = lock.read_text()
        pins = dict(re.findall(r"^([a-z0-9.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", text, re.MULTILINE))
        for name in sorted(pins):
            block = re.search(
                rf"^{re.escape(name)}(?:\[[^]]*\])?==.*(?:\n +.*)*", text, re.MULTILINE
            )
            if block is None or "--hash=" not in block[0]:
                found.append(f"{lock.name}: {name} has no hash: compile it with --generate-hashes")
        for name, wanted in _wanted(source):
            if name not in pins:
                found.append(
                    f"{lock.name}: {name} of {source.name} is not pinned: compile it again"
                )
            elif wanted and not _fits(pins[name], wanted):
                found.append(
                    f"{lock.name}: {name} {pins[name]} does not fit {wanted} of {source.name}: "
                    "compile it again"
                )
    return found


def _wanted(source: Path) -> list[tuple[str, str]]:
    wanted = []
    for line in source.read_text().splitlines():
        line = line.partition("#")[0].strip()
        match = _NAME.match(line)
        if line and not line.startswith("-") and match:
            wanted.append((match[1].lower().replace("_", "-").replace(".", "-"), match[2].strip()))
    return wanted


def _fits(version: str, wanted: str) -> bool:
    """The two forms that our files use: ==X and ~=X.Y (PEP 440)."""
    have = [int(part) for part in re.findall(r"\d+", version)]
    if wanted.startswith("=="):
        return version == wanted[2:]
    if wanted.startswith("~="):
        least = [int(part) for part in wanted[2:].split(".")]
        return have[: len(least) - 1] == least[:-1] and have >= least
    return True


if __name__ == "__main__":
    lines = problems()
    print("\n".join(lines) or "Lock files fit.")
    sys.exit(1 if lines else 0)
