"""Uploads that nobody goes on with go away, and so does what a crash has left."""

from __future__ import annotations

import contextlib
import time
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from designer.images import storage
from designer.images.actions.cancel_upload import drop
from designer.images.models import Image, Upload

KEPT = timedelta(hours=24)


def sweep_uploads() -> None:
    for upload in Upload.objects.filter(touched__lt=timezone.now() - KEPT):
        drop(upload)
    known = {str(pk) for pk in Upload.objects.values_list("pk", flat=True)}
    old = time.time() - 3600  # a row comes a moment before its file, and one may be gone already
    for path in storage.partial(UUID(int=0)).parent.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path.name not in known and path.stat().st_mtime < old:
                path.unlink()


def sweep_contents() -> None:
    """Contents that no image has: a crash came between the row and the file."""
    with storage.locked():
        wanted = set(Image.objects.values_list("sha256", flat=True))
        for path in storage.contents().iterdir():
            if path.name not in wanted:
                path.unlink(missing_ok=True)
