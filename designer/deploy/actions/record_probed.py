"""An agent tells what it heard of its peers."""

from __future__ import annotations

from uuid import UUID

from designer.deploy import carrying, probing
from designer.deploy.models import Hypervisor, ProbeRun, ProbeRunState
from designer.wire.agent import Probed


def record_probed(hypervisor: Hypervisor, event: Probed) -> None:
    """Under the lab's lock. With the last word a deployment that waits for it goes on."""
    run = run_of(hypervisor, event.run)
    if run is None:
        return
    told = event.model_dump(mode="json")["nics"]
    if probing.take(run, hypervisor, told) and run.deployment is not None:
        carrying.go_on(run.deployment)


def run_of(hypervisor: Hypervisor, run: str) -> ProbeRun | None:
    """None for one that has ended, or that this hypervisor has no part in."""
    try:
        id = UUID(run)
    except ValueError:
        return None
    runs = ProbeRun.objects.filter(pk=id, parts__hypervisor=hypervisor, state=ProbeRunState.RUNNING)
    return runs.select_related("lab", "deployment__lab", "deployment__by").first()
