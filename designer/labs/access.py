"""The only way from a user and an id to an object. What a user may not see is not found."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from designer.labs.errors import NotFound
from designer.labs.models import Lab, Team, User

Someone = User | AnonymousUser


def labs_of(user: Someone) -> QuerySet[Lab]:
    """The labs of the user's teams."""
    if not isinstance(user, User) or not user.is_active:
        return Lab.objects.none()
    return Lab.objects.filter(team__memberships__user=user).select_related("team")


def lab_for(user: Someone, id: uuid.UUID | str) -> Lab:
    """The lab, or :class:`NotFound`."""
    lab: Lab = _one(labs_of(user), id, "lab")
    return lab


def teams_of(user: Someone) -> QuerySet[Team]:
    if not isinstance(user, User) or not user.is_active:
        return Team.objects.none()
    return Team.objects.filter(memberships__user=user).order_by("-is_default", "name", "id")


def team_for(user: Someone, id: uuid.UUID | str | None = None) -> Team:
    """The team; without an id the one that new labs of this user go to."""
    if id is not None:
        team: Team | None = _one(teams_of(user), id, "team")
    else:
        team = teams_of(user).first()
    if team is None:
        raise NotFound("team")
    return team


def _one(found: QuerySet[Any], id: uuid.UUID | str, what: str) -> Any:
    try:
        wanted = id if isinstance(id, uuid.UUID) else uuid.UUID(id)
    except ValueError:
        raise NotFound(what) from None
    one = found.filter(pk=wanted).first()
    if one is None:
        raise NotFound(what)
    return one
