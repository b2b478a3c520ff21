"""Give an upload up: nothing of it stays."""

from __future__ import annotations

from designer.images import hashing, storage
from designer.images.models import Upload
from designer.labs import audit
from designer.labs.models import User


def cancel_upload(upload: Upload, by: User | None) -> None:
    drop(upload)
    audit.record(by, "image.cancel", f"image/{upload.name}", team=str(upload.team_id))


def drop(upload: Upload) -> None:
    """The row first: a file that nobody knows is swept away, a row without its file would not
    be."""
    Upload.objects.filter(pk=upload.pk).delete()
    hashing.forget(upload.pk)
    storage.partial(upload.pk).unlink(missing_ok=True)
