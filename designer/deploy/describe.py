"""Deployments and hypervisors as browsers and programs see them."""

from __future__ import annotations

from typing import Any

from designer.deploy.models import (
    CheckRun,
    Deployment,
    Hypervisor,
    Part,
    ProbeRun,
    ProbeRunState,
    VmAction,
)
from designer.deploy.moments import when
from designer.deploy.statuses import CHECKS, statuses_of
from designer.deploy.transitions import TO_DO
from designer.labs.models import User
from designer.machine.state import FEATURES


def deployment(deployment: Deployment) -> dict[str, Any]:
    """Everything but the operations, which are had page by page."""
    return {
        "id": str(deployment.pk),
        "lab": str(deployment.lab_id),
        "kind": deployment.kind,
        "state": deployment.state,
        "revision": deployment.revision,
        "created": when(deployment.created),
        "finished": when(deployment.finished),
        "by": _person(deployment.by),
        "auto": deployment.auto,
        "at_next_start": deployment.at_next_start,
        "ending": deployment.ending,
        "message": deployment.message,
        "warnings": deployment.warnings,
        "parts": [
            part(one) for one in deployment.parts.select_related("hypervisor").order_by(
                "hypervisor__name"
            )
        ],
        "preflight": _preflight(deployment),
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
        "guarded": part.guarded,
        "operations_count": part.operations_count,
        "restarts": part.restarts,
        "waits": part.waits,
        "seconds": part.seconds,
        "writes": part.writes,
    }


def preflight(run: ProbeRun) -> dict[str, Any]:
    """What came through between the hypervisors."""
    return {
        "state": run.state,
        "message": run.message,
        "cells": run.cells,
        "findings": run.findings,
    }


def probe_run(run: ProbeRun) -> dict[str, Any]:
    """A preflight with when and for whom it was made."""
    return {**preflight(run), **_of_run(run)}


def check_run(run: CheckRun) -> dict[str, Any]:
    """A round of checks, with the statuses of its checks as they stand now."""
    refs = {f"{CHECKS}{one['id']}" for part in run.parts.all() for one in part.specs}
    return {
        **_of_run(run),
        "state": run.state,
        "step": run.step,
        "results": statuses_of(run.lab, refs),
        "left_out": run.left_out,
    }


def vm_action(action: VmAction) -> dict[str, Any]:
    """What was asked of a VM by hand, and how far it is."""
    return {
        "id": str(action.pk),
        "node": action.node,
        "action": action.action,
        "snapshot": action.snapshot,
        "clone": action.clone,
        "state": action.state,
        "message": action.message,
        "advice": action.advice,
        "hypervisor": action.hypervisor.name,
        "by": _person(action.by),
        "created": when(action.created),
        "finished": when(action.finished),
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


def _of_run(run: CheckRun | ProbeRun) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "lab": str(run.lab_id),
        "deployment": None if run.deployment_id is None else str(run.deployment_id),
        "created": when(run.created),
        "finished": when(run.finished),
        "by": _person(run.by),
    }


def _preflight(deployment: Deployment) -> dict[str, Any] | None:
    run = ProbeRun.objects.filter(deployment=deployment).first()
    return None if run is None or run.state == ProbeRunState.WAITING else preflight(run)


def _person(user: User | None) -> dict[str, Any] | None:
    return None if user is None else {"id": user.pk, "name": user.shown_name}


def _note(part: Part) -> str:
    if part.note or part.fetched or part.state not in TO_DO:
        return part.note
    if state_of(part.hypervisor) != "connected":
        return f"{part.hypervisor.name} is not connected; this goes on when its agent is back."
    return ""
