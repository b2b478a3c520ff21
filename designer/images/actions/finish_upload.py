"""Make an image of an upload that is whole."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from designer.images import hashing, inspecting, storage
from designer.images.actions.begin_upload import refuse_taken
from designer.images.actions.cancel_upload import drop
from designer.images.actions.delete_image import release
from designer.images.models import Image, Upload
from designer.images.models.image import Role
from designer.labs import audit
from designer.labs.errors import NotFound, Refused
from designer.labs.models import Team, User


def finish_upload(upload: Upload, by: User | None) -> Image:
    """Its content is checked here, and the file takes its place under its SHA-256. Raises
    :class:`Refused`; a file that may not be is not kept."""
    path = storage.partial(upload.pk)
    if not path.exists():
        raise NotFound("upload")
    size = path.stat().st_size
    if size != upload.size:
        message = f"{size} of {upload.size} bytes are here. Send the rest first."
        raise Refused("incomplete", message)
    try:
        sha256 = hashing.digest_of(upload.pk, path)
        if upload.sha256 and upload.sha256 != sha256:
            raise Refused(
                "checksum",
                f"The file's SHA-256 is {sha256}, and should be {upload.sha256}. It was damaged "
                "on its way, or it is another file.",
            )
        format, virtual_size = "", 0
        if upload.role == Role.DISK:
            disk = inspecting.inspect(path)
            format, virtual_size = disk.format, disk.virtual_size
        with storage.locked():
            storage.adopt(path, sha256)
            return _write(upload, by, sha256=sha256, format=format, virtual_size=virtual_size)
    except (Refused, IntegrityError) as error:
        drop(upload)
        if isinstance(error, IntegrityError):
            raise Refused("name-taken", f"Somebody else took the name {upload.name}.") from None
        raise


def _write(upload: Upload, by: User | None, **found: object) -> Image:
    old = ""
    try:
        with transaction.atomic():
            team = Team.objects.select_for_update().get(pk=upload.team_id)
            refuse_taken(team, upload.name, upload.replaces)
            before = Image.objects.filter(team=team, name=upload.name).first()
            values = {"role": upload.role, "size": upload.size, "by": by, "at": timezone.now()}
            if before is None:
                image = Image.objects.create(team=team, name=upload.name, **values, **found)
            else:
                old = before.sha256
                Image.objects.filter(pk=before.pk).update(**values, **found)
                image = Image.objects.get(pk=before.pk)
            Upload.objects.filter(pk=upload.pk).delete()
            audit.record(
                by,
                "image.replace" if old else "image.add",
                f"image/{image.pk}",
                name=image.name,
                team=str(team.pk),
                sha256=image.sha256,
            )
    finally:
        release(str(found["sha256"]), old)
    return image
