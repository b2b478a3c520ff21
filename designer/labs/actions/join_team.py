"""Make a user a member of a team."""

from __future__ import annotations

from django.db import transaction

from designer.labs import audit
from designer.labs.models import Membership, Role, Team, User

DEFAULT_NAME = "Everyone"


def default_team() -> Team:
    """The team that every new user joins; made when it is first asked for."""
    team, _ = Team.objects.get_or_create(is_default=True, defaults={"name": DEFAULT_NAME})
    return team


@transaction.atomic
def join_team(user: User, team: Team, *, role: Role = Role.MEMBER) -> Membership:
    """Joining again changes nothing."""
    membership, made = Membership.objects.get_or_create(
        team=team, user=user, defaults={"role": role}
    )
    if made:
        audit.record(user, "join", f"team/{team.pk}", role=str(role))
    return membership


def join_default_team(user: User) -> Membership:
    return join_team(user, default_team())
