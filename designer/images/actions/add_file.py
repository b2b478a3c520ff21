"""Take an image from a file of this machine: what `manage.py image add` does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from designer.images.actions.begin_upload import begin_upload
from designer.images.actions.cancel_upload import drop
from designer.images.actions.finish_upload import finish_upload
from designer.images.actions.take_piece import LARGEST, take_piece
from designer.images.models import Image
from designer.labs.models import Team, User


def add_file(
    team: Team,
    by: User | None,
    path: Path,
    *,
    name: str,
    role: str,
    sha256: str = "",
    replaces: bool = False,
    tell: Callable[[int, int], None] = lambda done, size: None,
) -> Image:
    """By the way that a browser's upload takes. Raises OSError, InvalidDocument and
    :class:`~designer.labs.errors.Refused`; nothing is kept then."""
    with path.open("rb") as file:
        size = path.stat().st_size
        upload = begin_upload(
            team, by, name=name, role=role, size=size, sha256=sha256, replaces=replaces
        )
        try:
            done = 0
            while piece := file.read(LARGEST):
                done = take_piece(upload, done, piece)
                tell(done, size)
            return finish_upload(upload, by)
        except BaseException:
            drop(upload)
            raise
