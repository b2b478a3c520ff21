"""How an action on a VM goes on.

    asked → running (the agent has it, and says so every few seconds) → done | failed
          → unknown: nothing was heard for too long, or the agent was started anew

It needs no worker: the agent's words move it, and :mod:`designer.deploy.reconcile` looks for
deadlines that have passed. Everything here runs under the lab's lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from django.utils import timezone

from designer.compiler import names
from designer.deploy import describe
from designer.deploy.describe import state_of
from designer.deploy.errors import Conflict
from designer.deploy.models import (
    Deployment,
    Footprint,
    Hypervisor,
    State,
    VmAction,
    VmActionKind,
    VmActionState,
)
from designer.deploy.models.vm_action import UNDER_WAY
from designer.deploy.push import push_on_commit
from designer.labs import events
from designer.labs.models import Lab, User

HEARD_WITHIN = 45
"""Seconds until the agent must have said something, and again after each word."""
KEPT = 200
"""Actions kept for each lab."""
SHOWN = timedelta(hours=1)
"""How long the end of an action is shown to who opens the lab."""

K, S = VmActionKind, VmActionState

HOLDING = (K.SNAPSHOT, K.REVERT, K.DELETE_SNAPSHOT, K.CLONE)
"""While one of these is under way, no deployment of the lab is begun."""

DOING = {
    K.START: "being started", K.SHUTDOWN: "being shut down", K.REBOOT: "being restarted",
    K.FORCE_OFF: "being forced off", K.PAUSE: "being paused", K.RESUME: "being resumed",
    K.SNAPSHOT: "having a snapshot taken", K.REVERT: "being put back to a snapshot",
    K.DELETE_SNAPSHOT: "having a snapshot deleted", K.CLONE: "being cloned",
}  # fmt: skip


def where(lab: Lab, node: str) -> Hypervisor | None:
    """The hypervisor on which the VM stands as it was applied last."""
    key = ["domain", names.domain(lab.tag, node)]
    stands = Footprint.objects.filter(lab=lab, generation__gt=0).select_related("hypervisor")
    for footprint in stands:
        if any(list(one) == key for one, _ref in footprint.origins):
            return footprint.hypervisor
    return None


def begin(
    lab: Lab, by: User | None, node: str, action: str, *, snapshot: str = "", clone: str = ""
) -> VmAction:
    """Ask the agent. Raises :class:`Conflict` where it cannot be asked now."""
    hypervisor = where(lab, node)
    if hypervisor is None:
        raise Conflict("not-deployed", f"{node} is not deployed. Deploy the lab first.")
    if Deployment.objects.filter(lab=lab, state=State.APPLYING).exists():
        raise Conflict("deploying", "The lab is being deployed. Wait for its end.")
    if state_of(hypervisor) != "connected":
        words = f"{hypervisor.name} is not connected. Start its agent, then try again."
        raise Conflict("not-connected", words)
    others = VmAction.objects.filter(lab=lab, node=node, state__in=UNDER_WAY)
    if action == K.FORCE_OFF:  # the way out of all others
        others = others.filter(action=action)
    open = others.select_related("by").first()
    if open is not None:
        raise Conflict("acting", f"{busy(open)}. Wait for its end.")
    now = timezone.now()
    made = VmAction.objects.create(
        lab=lab,
        hypervisor=hypervisor,
        node=node,
        domain=names.domain(lab.tag, node),
        action=action,
        snapshot=snapshot,
        clone=clone,
        by=by,
        deadline=now + timedelta(seconds=HEARD_WITHIN),
    )
    push_on_commit(hypervisor.pk, _message(made))
    tell(made)
    _tidy(lab)
    return made


def require_none_holding(lab: Lab) -> None:
    """Raises :class:`Conflict` where a deployment would pull the rug from under an action."""
    open = VmAction.objects.filter(lab=lab, state__in=UNDER_WAY, action__in=HOLDING).first()
    if open is not None:
        raise Conflict("acting", f"{busy(open)}. Deploy when that has ended.")


def take(action: VmAction, state: str, message: str, advice: str) -> None:
    """What its agent says of it."""
    now = timezone.now()
    if state == S.RUNNING:
        if not action.is_open:
            return
        told = (action.state, action.message)
        deadline = now + timedelta(seconds=HEARD_WITHIN)
        _write(action, state=state, message=message, deadline=deadline)
        if told != (state, message):
            tell(action)
    elif action.finished is None or action.state == S.UNKNOWN:
        _write(action, state=state, message=message, advice=advice, finished=now)
        tell(action)


def give_up(action: VmAction, why: str) -> None:
    """Nobody knows what became of it."""
    if action.is_open:
        advice = "Look at the VM's state, then try again."
        _write(action, state=S.UNKNOWN, message=why, advice=advice, finished=timezone.now())
        tell(action)


def overdue(action: VmAction) -> None:
    name = action.hypervisor.name
    if state_of(action.hypervisor) != "connected":
        give_up(action, f"{name} is not connected any more: nothing is known of it.")
    else:
        give_up(action, f"{name} did not say in time what became of it.")


def greeted(hypervisor: Hypervisor, *, same_boot: bool) -> None:
    """An agent has connected. One that knows them is asked again for what it may not have heard;
    it does nothing twice. One that was started anew has lost them."""
    open = VmAction.objects.filter(hypervisor=hypervisor, state__in=UNDER_WAY)
    for action in open.select_related("lab", "hypervisor", "by"):
        if same_boot:
            push_on_commit(hypervisor.pk, _message(action))
        else:
            give_up(action, f"The agent of {hypervisor.name} was started anew meanwhile.")


def shown(lab: Lab) -> list[dict[str, Any]]:
    """The last action of each VM, where it goes on or ended not long ago."""
    rows = VmAction.objects.filter(lab=lab).select_related("hypervisor", "by").order_by("created")
    last = {one.node: one for one in rows}
    since = timezone.now() - SHOWN
    return [
        describe.vm_action(one)
        for one in last.values()
        if one.finished is None or one.finished > since
    ]


def tell(action: VmAction) -> None:
    """Everyone who looks at the lab."""
    body = {"kind": "vm-action", "action": describe.vm_action(action)}
    events.emit(action.lab, body)


def busy(action: VmAction) -> str:
    """ "vm1 is being shut down, as alice asked" """
    who = action.by.shown_name if action.by else "the command line"
    return f"{action.node} is {DOING[VmActionKind(action.action)]}, as {who} asked"


def _message(action: VmAction) -> Mapping[str, Any]:
    lab = action.lab
    return {
        "type": "act",
        "run": str(action.pk),
        "lab": lab.tag,
        "domain": action.domain,
        "action": action.action,
        "by": action.by.shown_name if action.by else "the command line",
        "at": action.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "snapshot": action.snapshot or None,
        "clone": names.domain(lab.tag, action.clone) if action.clone else None,
    }


def _write(action: VmAction, **values: Any) -> None:
    VmAction.objects.filter(pk=action.pk).update(**values)
    for name, value in values.items():
        setattr(action, name, value)


def _tidy(lab: Lab) -> None:
    rows = VmAction.objects.filter(lab=lab).order_by("-created").values_list("pk", flat=True)
    VmAction.objects.filter(pk__in=list(rows[KEPT:])).delete()
