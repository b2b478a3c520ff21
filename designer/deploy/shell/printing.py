"""Findings, plans, progress and checks as lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from designer.deploy import describe
from designer.deploy.models import Deployment, Part
from designer.deploy.statuses import CHECKS
from designer.deploy.transitions import TO_DO
from designer.labs import documents
from designer.labs.models import Lab
from designer.topology.document import natural
from designer.topology.records import Check


def finding(where: str, one: Mapping[str, Any]) -> str:
    """``file: ref.field: message fix``, a warning marked as one."""
    place = f"{one['ref']}.{one['field']}" if one["field"] else one["ref"]
    mark = "warning: " if one["severity"] == "warning" else ""
    return f"{where}: {place}: {mark}{one['message']} {one['fix']}".rstrip()


def plan(deployment: Deployment) -> Iterable[str]:
    """Every operation with its reason and its equivalent, per hypervisor."""
    for part in _parts(deployment):
        count = part.operations_count
        some = "nothing to do" if not count else f"{count} operation{'s' * (count != 1)}"
        yield f"{part.hypervisor.name}: {some}"
        for number, operation in enumerate(part.operations, start=1):
            key = " ".join(filter(None, operation["key"]))
            ref = f"  ({operation['ref']})" if operation.get("ref") else ""
            yield f"  {number}. {operation['action']} {key}{ref}"
            yield f"     {operation['reason']}"
            if operation.get("restarts"):
                yield "     restarts the VM"
            yield from (f"     $ {line}" for line in operation["equivalents"])
        for refusal in part.refusals:
            yield f"  refused: {refusal['message']} {refusal['allowed']}".rstrip()


def plan_json(deployment: Deployment) -> dict[str, Any]:
    shown = describe.deployment(deployment)
    for told, part in zip(shown["parts"], _parts(deployment), strict=True):
        told["operations"], told["refusals"] = part.operations, part.refusals
    return shown


def progress(deployment: Deployment) -> list[str]:
    """One line for each hypervisor, and one for the preflight."""
    lines = []
    now = describe.deployment(deployment)
    for one in now["parts"]:
        busy = one["state"] in TO_DO and one["total"]
        steps = f" {one['done']}/{one['total']}" if busy else ""
        words = one["message"] or one["note"]
        lines.append(f"{one['hypervisor']['name']}: {one['state']}{steps} {words}".rstrip())
    preflight = now["preflight"]
    if preflight is not None:
        lines.append(f"preflight: {preflight['state']} {preflight['message']}".rstrip())
    return lines


def checks(lab: Lab, run: Mapping[str, Any]) -> Iterable[str]:
    """One line for each check of a run, as :func:`designer.deploy.describe.check_run` has it."""
    told = {ref.removeprefix(CHECKS): one for ref, one in run["results"].items()}
    for id, words in run["left_out"].items():
        told[id] = {"state": "unknown", "detail": words, "facts": {}}
    drawn = documents.of(Lab.objects.select_related("head").get(pk=lab.pk)).design.checks
    for id, status in sorted(told.items(), key=lambda one: natural(one[0])):
        yield check(id, drawn.get(id), status)


def check(id: str, drawn: Check | None, status: Mapping[str, Any]) -> str:
    """``ok: c1 must reach c2: 10.0.0.2 answered``; by its id where it is not drawn any more."""
    what = id
    if drawn is not None:
        must = "must reach" if drawn.expect == "reach" else "must not reach"
        what = f"{drawn.label or id}: {drawn.source} {must} {drawn.target}"
    return f"{status['state']}: {what}: {status['detail']}".rstrip(": ")


def _parts(deployment: Deployment) -> Iterable[Part]:
    rows = Part.objects.filter(deployment=deployment).select_related("hypervisor")
    return rows.defer(None).order_by("hypervisor__name")
