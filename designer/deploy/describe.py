"""Deployments and hypervisors as browsers and programs see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from designer.deploy.models import Deployment, Hypervisor, Part
from designer.deploy.transitions import TO_DO
from designer.machine.state import FEATURES


def deployment(deployment: Deployment) -> dict[str, Any]:
    """Everything but the operations, which are had page by page."""
    by = deployment.by
    return {
        "id": str(deployment.pk),
        "lab": str(deployment.lab_id),
        "kind": deployment.kind,
        "state": deployment.state,
        "revision": deployment.revision,
        "created": when(deployment.created),
        "finished": when(deployment.finished),
        "by": None if by is None else {"id": by.pk, "name": by.shown_name},
        "auto": deployment.auto,
        "ending": deployment.ending,
        "message": deployment.message,
        "parts": [
            part(one) for one in deployment.parts.select_related("hypervisor").order_by(
                "hypervisor__name"
            )
        ],
    }  # fmt: skip


def part(part: Part) -> dict[str, Any]:
    """How far one hypervisor is."""
    return {
        "hypervisor": {"id": str(part.hypervisor_id), "name": part.hypervisor.name},
        "state": part.state,
        "phase": part.phase,
        "putting_back": part.putting_back,
        "done": part.done,
        "total": part.total,
        "note": _note(part),
        "message": part.message,
        "failure": part.failure,
        "fingerprint": part.fingerprint,
        "operations_count": part.operations_count,
        "seconds": part.seconds,
        "writes": part.writes,
    }


def hypervisor(hypervisor: Hypervisor) -> dict[str, Any]:
    """A hypervisor with its inventory, and what it lacks in words."""
    inventory = hypervisor.inventory or {}
    features = inventory.get("features") or {}
    state = state_of(hypervisor)
    return {
        "id": str(hypervisor.pk),
        "name": hypervisor.name,
        "state": state,
        "connected": state == "connected",
        "connected_at": when(hypervisor.connected_at),
        "last_seen": when(hypervisor.last_seen),
        "version": hypervisor.version,
        "inventory": inventory or None,
        "missing": [
            {"feature": name, "title": title}
            for name, title in FEATURES.items()
            if inventory and not features.get(name, False)
        ],
    }


def state_of(hypervisor: Hypervisor) -> str:
    """new (never enrolled), connected, or silent (its agent is not connected)."""
    if not hypervisor.enrolled:
        return "new"
    return "connected" if hypervisor.session and not hypervisor.silent else "silent"


def when(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _note(part: Part) -> str:
    if part.note or part.fetched or part.state not in TO_DO:
        return part.note
    if state_of(part.hypervisor) != "connected":
        return f"{part.hypervisor.name} is not connected; this goes on when its agent is back."
    return ""
