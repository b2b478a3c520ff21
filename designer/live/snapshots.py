"""Everything of a lab as of one event, as text for browsers."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from designer.deploy import acting, describe
from designer.deploy.access import hypervisors_of
from designer.deploy.models import Deployment
from designer.deploy.placements import shown
from designer.deploy.statuses import statuses_of
from designer.labs import documents
from designer.labs.errors import NotFound
from designer.labs.models import Lab, Look, User
from designer.labs.moment import one_moment


class Shared(NamedTuple):
    """What is the same for everyone who may see the lab."""

    seq: int
    text: str


def shared(lab_id: UUID) -> Shared:
    """Raises NotFound where the lab is gone. Whether somebody may see it was asked before."""
    with one_moment():
        lab = Lab.objects.select_related("head", "team").filter(pk=lab_id).first()
        if lab is None:
            raise NotFound
        kept = documents.of(lab)
        looks = dict(Look.objects.filter(lab=lab).values_list("ref", "values"))
        statuses = statuses_of(lab)
        latest = Deployment.objects.filter(lab=lab, draft=False).order_by("-generation").first()
        deployment = None if latest is None else describe.deployment(latest)
        hypervisors = [_hypervisor(one) for one in hypervisors_of(lab.team)]
        placement = shown(lab)
        actions = acting.shown(lab)
    fields: dict[str, Any] = {
        "looks": looks,
        "statuses": statuses,
        "deployment": deployment,
        "actions": actions,
        "placement": placement,
        "hypervisors": hypervisors,
    }
    parts = [
        '"type":"snapshot"',
        f'"seq":{lab.seq}',
        f'"revision":{lab.revision}',
        f'"document":{kept.filled}',
        f'"findings":{documents.encode(kept.findings)}',
        *(f'"{name}":{documents.encode(value)}' for name, value in fields.items()),
    ]
    return Shared(lab.seq, ",".join(parts))


def personal(shared: Shared, user: User, client: str) -> str:
    """The whole message for one socket."""
    me = documents.encode({"id": user.pk, "name": user.shown_name})
    return f'{{{shared.text},"me":{me},"client":{documents.encode(client)}}}'


def _hypervisor(one: Any) -> dict[str, Any]:
    described = describe.hypervisor(one)
    return {**described, "connected": described["state"] == "connected"}
