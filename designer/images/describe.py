"""Images as browsers and programs see them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from designer.images import storage
from designer.images.models import Image, Upload
from designer.images.used import drawn_by_labs


def images(rows: Iterable[Image]) -> list[dict[str, Any]]:
    """Rows in the order of their teams, with the labs whose design has each."""
    shown = []
    for _, several in groupby(rows, key=lambda one: one.team_id):
        of_team = list(several)
        drawn = drawn_by_labs(of_team)
        shown += [image(one, drawn.get(one.name, [])) for one in of_team]
    return shown


def image(image: Image, labs: list[str]) -> dict[str, Any]:
    """``state``: ready, or missing where the server has lost the file."""
    return {
        "id": str(image.pk),
        "team": image.team.name,
        "team_id": str(image.team_id),
        "name": image.name,
        "role": image.role,
        "format": image.format,
        "size": image.size,
        "virtual_size": image.virtual_size,
        "sha256": image.sha256,
        "state": "ready" if storage.content(image.sha256).is_file() else "missing",
        "by": image.by.shown_name if image.by else "the command line",
        "at": image.at.isoformat(),
        "labs": labs,
    }


def upload(upload: Upload, received: int) -> dict[str, Any]:
    return {
        "id": str(upload.pk),
        "name": upload.name,
        "size": upload.size,
        "received": received,
    }
