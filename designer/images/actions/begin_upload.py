"""Begin an upload, or go on with one that was interrupted."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from designer.images import inspecting, storage, usage
from designer.images.actions.sweep_uploads import sweep_uploads
from designer.images.models import Image, Upload
from designer.images.models.image import Role
from designer.images.names import read_name, read_role, read_sha256
from designer.labs import audit
from designer.labs.errors import Refused
from designer.labs.models import Team, User
from designer.machine.images import shown_size


def begin_upload(
    team: Team,
    by: User | None,
    *,
    name: str,
    role: str,
    size: int,
    sha256: str = "",
    replaces: bool = False,
) -> Upload:
    """Raises InvalidDocument and :class:`Refused`; nothing is kept then."""
    name, role, sha256 = read_name(name), read_role(role), read_sha256(sha256)
    if size <= 0:
        raise Refused("empty", "The file is empty. Choose another.")
    if size > settings.IMAGE_LARGEST:
        raise Refused(
            "too-large",
            f"It has {shown_size(size)}; an image may have {shown_size(settings.IMAGE_LARGEST)}.",
        )
    if role == Role.DISK:
        inspecting.refuse_unable()
    sweep_uploads()
    with transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)
        refuse_taken(team, name, replaces)
        usage.refuse_too_much(team, size)
        refuse_no_space(size)
        upload = Upload.objects.create(
            team=team,
            name=name,
            role=role,
            size=size,
            sha256=sha256,
            replaces=replaces,
            by=by,
            touched=timezone.now(),
        )
        audit.record(by, "image.upload", f"image/{name}", team=str(team.pk), size=size)
    storage.partial(upload.pk).touch(mode=0o600, exist_ok=False)
    return upload


def refuse_taken(team: Team, name: str, replaces: bool) -> None:
    if not replaces and Image.objects.filter(team=team, name=name).exists():
        raise Refused(
            "name-taken",
            f"The library has an image {name} already. Choose another name, or replace that one.",
        )


def refuse_no_space(size: int) -> None:
    if size > (free := storage.free()):
        raise Refused(
            "no-space",
            f"It has {shown_size(size)}; this server has {shown_size(free)} left for images. "
            "Whoever runs it has to make room.",
        )
