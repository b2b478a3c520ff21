"""Whether something of a lab stands on hypervisors."""

from __future__ import annotations

from designer.deploy.models import Deployment, Footprint
from designer.deploy.models.deployment import OPEN
from designer.labs.models import Lab


def objection(lab: Lab) -> str:
    """Why the lab may not be deleted now, or ""."""
    names = sorted(
        Footprint.objects.filter(lab=lab).values_list("hypervisor__name", flat=True)
    )  # fmt: skip
    if names:
        return f"The lab stands on {', '.join(names)}. Destroy it first."
    if Deployment.objects.filter(lab=lab, state__in=OPEN).exclude(kind="plan").exists():
        return "A deployment of the lab is under way. Wait for its end, or cancel it."
    return ""
