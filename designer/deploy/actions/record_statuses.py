"""An agent tells what it observes of a lab."""

from __future__ import annotations

from django.utils import timezone

from designer.deploy import checking, statuses
from designer.deploy.models import Hypervisor
from designer.labs.models import Lab
from designer.wire.agent import StatusTold


def record_statuses(lab: Lab, hypervisor: Hypervisor, event: StatusTold) -> None:
    """Under the lab's lock. Only of what the hypervisor carries for the lab: it can say nothing
    of another's."""
    own = statuses.refs_of(lab, hypervisor)
    told = event.model_dump(mode="json")["statuses"]
    mine = {ref: status for ref, status in told.items() if ref in own}
    statuses.write(lab, hypervisor, mine, timezone.now(), complete=event.complete)
    checking.ask_leased(lab, mine)
