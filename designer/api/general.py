"""Who I am, what can be drawn, and what to start from."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from designer import files
from designer.api.asking import user_of
from designer.api.schemas.common import Error
from designer.api.schemas.labs import Kind, Me, TemplateOut
from designer.labs.models import Membership
from designer.topology.kinds import Host
from designer.topology.schema import kinds_description

router = Router(tags=["general"])


@router.get("/me", response={200: Me, 401: Error}, operation_id="me")
def me(request: HttpRequest) -> dict[str, Any]:
    """The signed-in user and the teams that own what they see."""
    user = user_of(request)
    memberships = Membership.objects.filter(user=user).select_related("team")
    return {
        "id": user.pk,
        "name": user.shown_name,
        "username": user.get_username(),
        "teams": [
            {"id": one.team_id, "name": one.team.name, "role": one.role}
            for one in memberships.order_by("-team__is_default", "team__name")
        ],
    }


@router.get(
    "/kinds", response={200: list[Kind], 401: Error}, operation_id="list_kinds", by_alias=True
)
def list_kinds(request: HttpRequest) -> list[dict[str, Any]]:
    """Every kind of record with its fields: what the palette and the inspector are made of."""
    return kinds_description()


@router.get(
    "/templates", response={200: list[TemplateOut], 401: Error}, operation_id="list_templates"
)
def list_templates(request: HttpRequest) -> list[dict[str, Any]]:
    """Designs that a lab can be made from."""
    return [
        {
            "slug": template.slug,
            "title": template.title,
            "description": template.design.description,
            "hosts": sum(1 for _ in template.design.of_kind(Host)),
        }
        for template in files.builtin()
    ]
