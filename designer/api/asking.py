"""Who asks."""

from __future__ import annotations

from django.http import HttpRequest

from designer.labs.models import User


def user_of(request: HttpRequest) -> User:
    """The signed-in user; the API's sign-in has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user
