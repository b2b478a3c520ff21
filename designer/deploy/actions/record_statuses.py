"""An agent tells what it observes of a lab."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from designer.deploy import statuses
from designer.deploy.models import Hypervisor
from designer.labs.models import Lab
from designer.wire.status import Status


def record_statuses(
    lab: Lab, hypervisor: Hypervisor, told: Mapping[str, Status], *, complete: bool
) -> None:
    """Under the lab's lock. Only of what the hypervisor carries for the lab: it can say nothing
    of another's."""
    own = statuses.refs_of(lab, hypervisor)
    mine = {ref: status.model_dump(mode="json") for ref, status in told.items() if ref in own}
    statuses.write(lab, hypervisor, mine, timezone.now(), complete=complete)
