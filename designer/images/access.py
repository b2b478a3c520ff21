"""Which images a user may know of: those of the user's teams. Others are not found."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from designer.images.models import Image, Upload
from designer.labs import access
from designer.labs.access import Someone
from designer.labs.errors import NotFound


def images_of(user: Someone) -> QuerySet[Image]:
    rows = Image.objects.filter(team__in=access.teams_of(user))
    return rows.select_related("team", "by").order_by("team__name", "name")


def image_for(user: Someone, image_id: UUID) -> Image:
    """The image, or :class:`NotFound`."""
    found = images_of(user).filter(pk=image_id).first()
    if found is None:
        raise NotFound("image")
    return found


def upload_for(user: Someone, upload_id: UUID) -> Upload:
    """The user's own upload, or :class:`NotFound`: teammates do not write into each other's."""
    rows = Upload.objects.filter(team__in=access.teams_of(user), by=user.pk)
    found = rows.select_related("team", "by").filter(pk=upload_id).first()
    if found is None:
        raise NotFound("upload")
    return found
