"""Copies of library images on hypervisors: who may have one, and where they are."""

from __future__ import annotations

from collections.abc import Iterable

from designer.deploy.access import hypervisors_for
from designer.deploy.models import Deployment, Footprint, Hypervisor, Part
from designer.deploy.models.deployment import OPEN
from designer.deploy.transitions import TO_DO
from designer.images.models import Image
from designer.labs.models import Lab, User


def may_fetch(hypervisor: Hypervisor, sha256: str) -> bool:
    """Whether a job that is assigned to the hypervisor, and still wanted, has the content."""
    parts = Part.objects.filter(
        hypervisor=hypervisor, state__in=TO_DO, deployment__state__in=OPEN
    ).values_list("resources", flat=True)
    return any(sha256 in contents_of(resources) for resources in parts)


def contents_of(resources: Iterable[dict[str, object]]) -> set[str]:
    """The contents that machine resources, as JSON, have from libraries."""
    return {str(one["sha256"]) for one in resources if one.get("kind") == "image"}


def where(user: User, images: Iterable[Image]) -> dict[str, list[str]]:
    """The hypervisors that have a copy, by content: of those that the user may know."""
    wanted = {one.sha256 for one in images}
    found: dict[str, list[str]] = {}
    for hypervisor in hypervisors_for(user):
        for sha256 in wanted.intersection((hypervisor.inventory or {}).get("library", ())):
            found.setdefault(sha256, []).append(hypervisor.name)
    return found


def labs_that_stand(image: Image) -> list[str]:
    """The names of the team's labs that are deployed with the content, or are about to be: why
    the image may not go."""
    labs: set[str] = set()
    for lab in Lab.objects.filter(team_id=image.team_id):
        stood = Footprint.objects.filter(lab=lab).values_list("resources", flat=True)
        comes = Part.objects.filter(
            deployment__in=Deployment.objects.filter(lab=lab, state__in=OPEN)
        ).values_list("resources", flat=True)
        if any(image.sha256 in contents_of(one) for one in (*stood, *comes)):
            labs.add(lab.name)
    return sorted(labs)
