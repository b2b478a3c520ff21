"""Slows down guessing of passwords. Counted in the database, so that it holds across server
processes and restarts.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from designer.labs.models import FailedSignIn

WINDOW = timedelta(minutes=15)
MOST_BY_NAME = 10
"""Wrong passwords for one name from one address, before that pair must wait."""
MOST_BY_ADDRESS = 50
"""Wrong passwords from one address for any names: a school behind one NAT still gets in."""


def must_wait(username: str, address: str) -> bool:
    """Whether this sign-in is refused unread. A name is never locked for everyone: that would let
    a stranger keep its owner out."""
    recent = FailedSignIn.objects.filter(at__gt=timezone.now() - WINDOW, address=address)
    return (
        recent.filter(username=_name(username)).count() >= MOST_BY_NAME
        or recent.count() >= MOST_BY_ADDRESS
    )


def failed(username: str, address: str) -> None:
    """Counts one wrong password, and forgets those that no longer count."""
    FailedSignIn.objects.filter(at__lt=timezone.now() - WINDOW).delete()
    FailedSignIn.objects.create(username=_name(username), address=address)


def succeeded(username: str, address: str) -> None:
    FailedSignIn.objects.filter(username=_name(username), address=address).delete()


def _name(username: str) -> str:
    return username.strip().casefold()[:150]
