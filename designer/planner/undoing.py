"""The way back: of one operation, and of a whole plan."""

from __future__ import annotations

from dataclasses import replace

from designer.machine.resources import Bridge, Physical, Veth, Vxlan
from designer.machine.state import MachineState
from designer.planner.operations import Action, Operation, Plan
from designer.planner.planning import plan

_OPPOSITE: dict[Action, Action] = {"create": "delete", "change": "change", "delete": "create"}


def invert(operation: Operation) -> Operation:
    """The operation that takes this one back: before and after swapped.

    What a deletion takes along without an operation of its own (the contents of a namespace, the
    addresses of a link) does not come back by this; :func:`undo` brings everything back.
    A card that was put back is lent again, never created.
    """
    action = _OPPOSITE[operation.action]
    before, after = operation.after, operation.before
    fields = operation.fields
    if isinstance(after, Physical) and action == "create":
        action, before, fields = "change", replace(after, master=None, owner=None), ("master",)
    elif isinstance(before, Physical) and action == "change" and _is_free(operation):
        action, after, fields = "delete", None, ()
    return replace(
        operation,
        action=action,
        before=before,
        after=after,
        peer_before=operation.peer_after,
        peer_after=operation.peer_before,
        fields=fields,
        reason=f"Undo: {operation.reason}",
    )


def undo(before: MachineState, observed: MachineState, lab: str) -> Plan:
    """The plan from what is there now back to what the lab had ``before``.

    ``before`` is the last state that was applied where that is known, else what was observed
    before the first operation; in the latter the MAC of a bridge that the kernel chose by its
    ports is not pinned.
    """
    chosen = {
        (link.netns, link.master, link.mac)
        for link in before.of_type(Veth, Vxlan, Physical)
        if link.master is not None
    }
    wanted = [
        replace(one, mac=None) if isinstance(one, Bridge) and _kernels_choice(one, chosen) else one
        for one in before.owned_by(lab)
    ]
    return plan(MachineState.of(wanted), observed, lab)


def _kernels_choice(bridge: Bridge, chosen: set[tuple[str, str, str | None]]) -> bool:
    by_port = (bridge.netns, bridge.name, bridge.mac) in chosen
    by_tap = (bridge.mac or "").startswith("fe:")  # libvirt's taps: the guest's MAC, from fe:
    return by_port or by_tap


def _is_free(operation: Operation) -> bool:
    """Whether the operation lent a card that nobody had."""
    return operation.before is not None and operation.before.owner is None
