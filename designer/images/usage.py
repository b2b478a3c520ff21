"""How much of its share a team's library takes."""

from __future__ import annotations

from django.db.models import Sum

from designer.images.models import Image, Upload
from designer.labs.errors import Refused
from designer.labs.models import Team
from designer.labs.quotas import limits_of
from designer.machine.images import shown_size


def held(team: Team) -> int:
    """Bytes of the team's images."""
    found = Image.objects.filter(team=team).aggregate(total=Sum("size"))
    return int(found["total"] or 0)


def coming(team: Team) -> int:
    """Bytes that uploads under way will bring."""
    found = Upload.objects.filter(team=team).aggregate(total=Sum("size"))
    return int(found["total"] or 0)


def refuse_too_much(team: Team, size: int) -> None:
    """Raises :class:`Refused` where so many bytes more are above the team's quota. Under a lock on
    the team's row."""
    limit = limits_of(team).images
    has, comes = held(team), coming(team)
    if has + comes + size > limit:
        more = f", {shown_size(comes)} are being uploaded" if comes else ""
        raise Refused(
            "quota-images",
            f"It has {shown_size(size)}. The team's image library may hold {shown_size(limit)} and "
            f"holds {shown_size(has)}{more}. Delete images that are not needed, or ask whoever "
            "runs this server for more.",
        )
