"""Turn a one-time token into an agent's own credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from designer.deploy import broker, secrets
from designer.deploy.errors import BadToken
from designer.deploy.models import EnrolmentToken, Hypervisor
from designer.deploy.push import push_on_commit
from designer.labs import audit


@dataclass(frozen=True, slots=True)
class Enrolled:
    """``secret`` and ``broker`` are told this once; of the secrets only hashes are kept."""

    hypervisor: Hypervisor
    secret: str = field(repr=False)
    broker: str = field(repr=False)


def enrol(token: str, inventory: Mapping[str, Any]) -> Enrolled:
    """Raises :class:`BadToken`. Of two who come with one token at once, one is let in; an earlier
    credential of the hypervisor ends with it."""
    secret, password = secrets.new(), secrets.new()
    with transaction.atomic():
        hypervisor = _use(token)
        hypervisor.secret_hash = secrets.digest(secret)
        hypervisor.broker_hash = secrets.digest(password)
        hypervisor.inventory = dict(inventory)
        hypervisor.session = None
        hypervisor.boot, hypervisor.acked = "", 0
        hypervisor.save()
        audit.record(None, "hypervisor.enrol", f"hypervisor/{hypervisor.pk}")
        push_on_commit(hypervisor.pk, {"type": "session", "session": None})
    return Enrolled(hypervisor, secret, broker.url_for(hypervisor, password))


def _use(token: str) -> Hypervisor:
    known = EnrolmentToken.objects.filter(hash=secrets.digest(token))
    now = timezone.now()
    if known.filter(used_at=None, expires__gt=now).update(used_at=now) == 1:
        return known.select_related("hypervisor").get().hypervisor
    found = known.first()
    if found is None:
        raise BadToken("There is no such enrolment token. Ask for one: manage.py hypervisor_add.")
    state = "was used already" if found.used_at else "has expired"
    raise BadToken(f"This enrolment token {state}. Ask for a new one: manage.py hypervisor_add.")
