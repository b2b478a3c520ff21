"""Findings, plans, progress and checks as lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from designer.deploy import describe
from designer.deploy.models import CheckRun, Deployment, Part
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


def warnings(deployment: Deployment) -> Iterable[str]:
    """About the design where it is placed."""
    return (finding(deployment.lab.name, one) for one in deployment.warnings)


def plan(deployment: Deployment) -> Iterable[str]:
    """Every operation with its reason and its equivalent, per hypervisor; warnings first."""
    yield from warnings(deployment)
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
            if operation.get("waits"):
                yield "     in part at the VM's next start"
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
    drawn = _drawn(lab)
    for id, status in sorted(told.items(), key=lambda one: natural(one[0])):
        yield check(id, drawn.get(id), status)


def checks_answered(run: CheckRun) -> str:
    """``checks: 3 of 7 answered``."""
    parts = run.parts.all()
    answered = sum(len(part.answered) for part in parts)
    return f"checks: {answered} of {sum(len(part.specs) for part in parts)} answered"


def checks_waiting(lab: Lab, run: Mapping[str, Any]) -> Iterable[str]:
    """Those of a run that have not answered: ``k1: c1 must reach c2``."""
    waiting = (ref for ref, one in run["results"].items() if one["state"] == "applying")
    drawn = _drawn(lab)
    for id in sorted((ref.removeprefix(CHECKS) for ref in waiting), key=natural):
        yield _asks(id, drawn.get(id))


def check(id: str, drawn: Check | None, status: Mapping[str, Any]) -> str:
    """``ok: c1 must reach c2: 10.0.0.2 answered``; by its id where it is not drawn any more."""
    return f"{status['state']}: {_asks(id, drawn)}: {status['detail']}".rstrip(": ")


def _asks(id: str, drawn: Check | None) -> str:
    if drawn is None:
        return id
    must = "must reach" if drawn.expect == "reach" else "must not reach"
    return f"{drawn.label or id}: {drawn.source} {must} {drawn.target}"


def _drawn(lab: Lab) -> Mapping[str, Check]:
    return documents.of(Lab.objects.select_related("head").get(pk=lab.pk)).design.checks


def _parts(deployment: Deployment) -> Iterable[Part]:
    rows = Part.objects.filter(deployment=deployment).select_related("hypervisor")
    return rows.defer(None).order_by("hypervisor__name")
