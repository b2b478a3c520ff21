"""By what right a socket is here. Asked when it opens, at each edit, and again and again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from designer.labs import access
from designer.labs.errors import NotFound
from designer.labs.models import Lab, Membership, User


class SignedOut(Exception):
    """The session is over, was never there, or its user may no longer sign in."""


class Right(NamedTuple):
    session: str
    user_id: int
    lab_id: UUID


def user_of(session_key: str) -> User:
    """The user of a session, or :class:`SignedOut`."""
    found = _users_of([session_key])
    if session_key not in found:
        raise SignedOut
    return found[session_key]


def admitted(session_key: str, lab_id: UUID) -> tuple[User, Lab]:
    """The user and the lab. Raises :class:`SignedOut` or NotFound."""
    user = user_of(session_key)
    return user, access.lab_for(user, lab_id)


def lapsed(rights: Iterable[Right]) -> dict[Right, type[Exception]]:
    """Which of these no longer hold, and why: in three queries, however many there are."""
    wanted = set(rights)
    users = _users_of({right.session for right in wanted})
    teams = dict(Lab.objects.filter(pk__in={r.lab_id for r in wanted}).values_list("pk", "team"))
    members = set(
        Membership.objects.filter(user__in={r.user_id for r in wanted}).values_list("user", "team")
    )
    over: dict[Right, type[Exception]] = {}
    for right in wanted:
        user = users.get(right.session)
        if user is None or user.pk != right.user_id:
            over[right] = SignedOut
        elif (right.user_id, teams.get(right.lab_id)) not in members:
            over[right] = NotFound
    return over


def _users_of(session_keys: Iterable[str]) -> dict[str, User]:
    rows = Session.objects.filter(
        session_key__in=[key for key in session_keys if key], expire_date__gt=timezone.now()
    )
    decoded = {row.session_key: row.get_decoded() for row in rows}
    ids = {str(data[SESSION_KEY]) for data in decoded.values() if SESSION_KEY in data}
    users = {str(user.pk): user for user in User.objects.filter(pk__in=ids, is_active=True)}
    found: dict[str, User] = {}
    for key, data in decoded.items():
        user = users.get(str(data.get(SESSION_KEY)))
        known = data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        # The hash changes with the password: a changed password ends the other sessions.
        if user is not None and known and constant_time_compare(
            str(data.get(HASH_SESSION_KEY, "")), user.get_session_auth_hash()
        ):  # fmt: skip
            found[key] = user
    return found
