"""The sandbox's own user, with a login made anew at each start, and a first lab to look at."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction

from designer.labs import audit
from designer.labs.actions.create_lab import create_from_template
from designer.labs.actions.create_user import create_user
from designer.labs.actions.join_team import default_team, join_default_team
from designer.labs.models import Audit, Lab, User

USERNAME = "student"
FIRST_LAB = "Welcome"
FIRST_TEMPLATE = "two-containers"


@dataclass(frozen=True, slots=True)
class Welcomed:
    username: str
    password: str
    lab: Lab | None


@transaction.atomic
def welcome() -> Welcomed:
    """A fresh password ends the sessions of the last start."""
    password = secrets.token_urlsafe(12)
    user = User.objects.filter(username=USERNAME).first() or create_user(USERNAME)
    user.set_password(password)
    user.is_active = True
    user.save()
    join_default_team(user)
    audit.record(None, "sandbox-login", f"user/{user.pk}")
    # Once: whoever deletes it does not want it back at the next start.
    if not Audit.objects.filter(action="welcome").exists():
        lab = create_from_template(default_team(), name=FIRST_LAB, author=user, slug=FIRST_TEMPLATE)
        audit.record(user, "welcome", lab)
    first = Lab.objects.filter(team=default_team(), name=FIRST_LAB).first()
    return Welcomed(USERNAME, password, first)
