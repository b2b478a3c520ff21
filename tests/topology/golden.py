"""Golden files: what came out, beside what went in.

``TRUNKLINE_GOLDEN=write`` writes them anew; then look at the difference before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path


def agrees(path: Path, came_out: str) -> None:
    """Fails where the file does not say exactly this."""
    if os.environ.get("TRUNKLINE_GOLDEN") == "write":
        path.write_text(came_out, encoding="utf-8")
    assert path.exists(), f"{path} is missing; see {__file__}"
    assert came_out == path.read_text(encoding="utf-8")


def inputs(folder: Path, suffix: str = ".yaml") -> list[Path]:
    """The cases of a folder: files of that suffix with no dot in their stem."""
    return sorted(path for path in folder.glob(f"*{suffix}") if "." not in path.stem)
