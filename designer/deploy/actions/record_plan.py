"""An agent has made its plan."""

from __future__ import annotations

from designer.deploy import carrying
from designer.deploy.models import Hypervisor, Part, PartState
from designer.deploy.reports import part_of
from designer.deploy.transitions import move
from designer.wire.agent import Planned


def record_plan(hypervisor: Hypervisor, event: Planned) -> None:
    """Under the lab's lock. A plan with refusals ends the deployment: nothing was touched yet."""
    part = part_of(hypervisor, event.deployment, event.generation)
    if part is None:
        return
    plan = {
        "operations": [operation.model_dump(mode="json") for operation in event.operations],
        "operations_count": len(event.operations),
        "restarts": [one.ref for one in event.operations if one.restarts and one.ref],
        "waits": [one.ref for one in event.operations if one.waits and one.ref],
        "total": len(event.operations),
        "guarded": event.guarded.model_dump(mode="json") if event.guarded else None,
    }
    if part.state == PartState.APPLYING:
        # What is carried out, where the machine has changed since the plan that was shown.
        if not part.putting_back:
            Part.objects.filter(pk=part.pk, generation=part.generation).update(**plan)
        return
    if part.state not in (PartState.WAITING, PartState.PLANNING):
        return
    refusals = [refusal.model_dump(mode="json") for refusal in event.refusals]
    if refusals:
        first = refusals[0]
        more = f" And {len(refusals) - 1} more." if len(refusals) > 1 else ""
        moved = move(
            part,
            PartState.REFUSED,
            **plan,
            refusals=refusals,
            message=f"{first['message']} {first['allowed']}{more}".strip(),
            failure={
                "ref": first.get("ref"),
                "key": first["key"],
                "words": first["message"],
                "advice": first["allowed"],
            },
        )
    else:
        moved = move(part, PartState.PLANNED, **plan, fingerprint=event.fingerprint,
                     note=" ".join(event.notes))  # fmt: skip
    if moved:
        carrying.go_on(part.deployment)
