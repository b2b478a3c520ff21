"""What an agent's report is about: the part that it names, if that is its own and in force."""

from __future__ import annotations

from uuid import UUID

from designer.deploy.models import Hypervisor, Part
from designer.deploy.models.deployment import OPEN


def part_of(hypervisor: Hypervisor, deployment: str, generation: int) -> Part | None:
    """None for another hypervisor's, an ended deployment's, or a job that was overtaken: such a
    report comes too late or was forged, and changes nothing."""
    try:
        id = UUID(deployment)
    except ValueError:
        return None
    return (
        Part.objects.filter(
            deployment_id=id,
            hypervisor=hypervisor,
            generation=generation,
            deployment__state__in=OPEN,
        )
        .select_related("deployment__lab", "deployment__by", "hypervisor")
        .first()
    )
