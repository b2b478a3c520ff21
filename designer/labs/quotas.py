"""A team's limits: the settings' (TRUNKLINE_QUOTA_…), or its own where it has any."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from designer.labs.models import Quota, Team
from designer.rules.loads import GIB, Load


@dataclass(frozen=True, slots=True)
class Limits:
    """``vms`` is what VMs of deployed labs may take all together; ``images`` what the image
    library may hold, in bytes."""

    vms: Load
    images: int


def limits_of(team: Team) -> Limits:
    own = Quota.objects.filter(team=team).first()

    def limit(name: str) -> int:
        mine: int | None = getattr(own, name) if own is not None else None
        return settings.QUOTAS[name] if mine is None else mine

    return Limits(
        vms=Load(
            vms=limit("vms"),
            vcpus=limit("vcpus"),
            memory=limit("memory"),
            disk=limit("disk") * GIB,
        ),
        images=limit("images") * GIB,
    )
