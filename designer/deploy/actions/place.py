"""Bind hosts to hypervisors."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from designer.deploy import placements
from designer.deploy.access import hypervisors_of
from designer.deploy.errors import BadPlacement
from designer.deploy.locks import lock
from designer.deploy.models import Placement
from designer.labs import audit, documents
from designer.labs.models import Lab, User


def place(lab: Lab, by: User | None, wanted: Mapping[str, UUID | None]) -> dict[str, UUID]:
    """Place these hosts; None takes a placement back. Others stay. What stands already moves at
    the next deploy. Another team's hypervisor is answered as one that is not there."""
    with transaction.atomic():
        lock(lab.pk)
        lab = Lab.objects.select_related("head", "team").get(pk=lab.pk)
        hosts = documents.of(lab).design.nodes
        allowed = set(hypervisors_of(lab.team).values_list("pk", flat=True))
        for host, hypervisor in wanted.items():
            if hypervisor is not None and getattr(hosts.get(host), "kind", "") != "host":
                raise BadPlacement(f"There is no host {host!r} in the design.")
            if hypervisor is not None and hypervisor not in allowed:
                raise BadPlacement(f"There is no hypervisor {hypervisor}.")
        for host, hypervisor in wanted.items():
            if hypervisor is None:
                Placement.objects.filter(lab=lab, host_id=host).delete()
            else:
                Placement.objects.update_or_create(
                    lab=lab, host_id=host, defaults={"hypervisor_id": hypervisor}
                )
        told = {host: str(one) if one else None for host, one in wanted.items()}
        audit.record(by, "place", lab, placement=told)
        placements.announce(lab)
    return placements.placed(lab)
