"""Register a hypervisor, and make the token by which its agent enrols."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from designer.deploy import secrets
from designer.deploy.models import EnrolmentToken, Hypervisor
from designer.labs import audit
from designer.labs.models import Team, User
from designer.topology.problems import InvalidDocument, Problem

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
LASTS = timedelta(hours=1)


@transaction.atomic
def add_hypervisor(
    name: str, *, by: User | None = None, team: Team | None = None, lasts: timedelta = LASTS
) -> tuple[Hypervisor, str]:
    """The hypervisor and a token for one enrolment. For a name that is there already, a token by
    which its agent enrols anew; what it had holds until then."""
    if not NAME.fullmatch(name):
        allowed = "1 to 63 letters, digits, '.', '_' or '-', a letter or digit first"
        raise InvalidDocument([Problem("name", "/name", f"{name!r} is no such name.", allowed)])
    hypervisor, new = Hypervisor.objects.get_or_create(name=name, defaults={"team": team})
    token = secrets.new()
    EnrolmentToken.objects.filter(hypervisor=hypervisor, used_at=None).delete()
    EnrolmentToken.objects.create(
        hypervisor=hypervisor, hash=secrets.digest(token), expires=timezone.now() + lasts
    )
    action = "hypervisor.add" if new else "hypervisor.token"
    audit.record(by, action, f"hypervisor/{hypervisor.pk}", name=name)
    return hypervisor, token
