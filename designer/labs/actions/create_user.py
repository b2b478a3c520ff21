"""Make a user, who is a member of the default team from the start."""

from __future__ import annotations

from django.db import transaction

from designer.labs import audit
from designer.labs.actions.join_team import join_default_team
from designer.labs.models import User


@transaction.atomic
def create_user(username: str, *, password: str | None = None, name: str = "") -> User:
    """Without a password the user cannot sign in with one."""
    user = User.objects.create_user(username=username, password=password, first_name=name)
    audit.record(None, "create", f"user/{user.pk}", username=username)
    join_default_team(user)
    return user
