"""Hypervisors, as whoever places labs on them sees them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Router

from designer.api.asking import user_of
from designer.api.schemas.common import Error
from designer.api.schemas.deployments import HypervisorOut
from designer.deploy import describe, shares
from designer.deploy.access import hypervisors_for

router = Router(tags=["hypervisors"])


@router.get(
    "/hypervisors",
    response={200: list[HypervisorOut], 401: Error},
    operation_id="list_hypervisors",
)
def list_hypervisors(request: HttpRequest) -> list[dict[str, Any]]:
    """Those of everyone and of the user's teams, by name, with what each is, can and lacks."""
    return [
        {**describe.hypervisor(one), "claimed": asdict(shares.claimed_on(one))}
        for one in hypervisors_for(user_of(request))
    ]
