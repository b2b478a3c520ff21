"""An agent tells how far an action on a VM is."""

from __future__ import annotations

from uuid import UUID

from designer.deploy import acting
from designer.deploy.models import Hypervisor, VmAction
from designer.wire.agent import Acted


def record_acted(hypervisor: Hypervisor, event: Acted) -> None:
    """Under the lab's lock. Of another hypervisor's action it says nothing."""
    action = action_of(hypervisor, event.run)
    if action is not None:
        acting.take(action, event.state, event.message, event.advice)


def action_of(hypervisor: Hypervisor, run: str) -> VmAction | None:
    try:
        id = UUID(run)
    except ValueError:
        return None
    rows = VmAction.objects.filter(pk=id, hypervisor=hypervisor)
    return rows.select_related("lab", "hypervisor", "by").first()
