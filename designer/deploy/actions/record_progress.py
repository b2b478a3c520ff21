"""An agent tells how far it is."""

from __future__ import annotations

from designer.deploy.announce import announce
from designer.deploy.models import Hypervisor, Part, PartState
from designer.deploy.reports import part_of
from designer.wire.agent import Progress


def record_progress(hypervisor: Hypervisor, event: Progress) -> None:
    """Under the lab's lock. Late words of a part that has ended count no more."""
    part = part_of(hypervisor, event.deployment, event.generation)
    if part is None or part.state not in (PartState.PLANNING, PartState.APPLYING):
        return
    Part.objects.filter(pk=part.pk, generation=part.generation).update(
        done=min(event.done, event.total), total=event.total, note=event.note
    )
    announce(part.deployment)
