"""The way back: of one operation, and of a whole plan."""

from __future__ import annotations

from dataclasses import replace

from designer.machine.resources import (
    Bridge,
    Domain,
    Link,
    Physical,
    Resource,
    Veth,
    Vlan,
    Vxlan,
)
from designer.machine.state import MachineState
from designer.planner.comparing import PORT
from designer.planner.operations import Action, Operation, Plan
from designer.planner.planning import plan
from designer.planner.waiting import as_it_was

_OPPOSITE: dict[Action, Action] = {"create": "delete", "change": "change", "delete": "create"}


def invert(operation: Operation) -> Operation:
    """The operation that takes this one back: before and after swapped.

    What a deletion takes along without an operation of its own (the contents of a namespace, the
    addresses of a link) does not come back by this; :func:`undo` brings everything back.
    A card that was put back is lent again, never created.
    """
    action = _OPPOSITE[operation.action]
    before, after = operation.after, operation.before
    fields = _with_port(operation.fields, after)
    if isinstance(after, Physical) and action == "create":
        action, before, fields = (
            "change",
            replace(after, master=None, port=None, owner=None),
            _with_port(("master",), after),
        )
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


def _with_port(fields: tuple[str, ...], after: Resource | None) -> tuple[str, ...]:
    """A port of nothing has no settings to go back to; one that comes back to its bridge has to
    get all of them again."""
    port = after.port if isinstance(after, Link) else None
    if port is None:
        return tuple(field for field in fields if not field.startswith("port."))
    if "master" not in fields:
        return fields
    stated = [f"port.{name}" for name in PORT if getattr(port, name) is not None]
    return tuple(dict.fromkeys((*fields, *stated)))


def undo(before: MachineState, observed: MachineState, lab: str) -> Plan:
    """The plan from what is there now back to what was observed ``before`` the first operation.

    The MAC of a bridge that looks like the kernel's own choice by its ports is not pinned. Where
    the design that stood before is known, :func:`plan` towards it says more.
    """
    chosen = {
        (link.netns, link.master, link.mac)
        for link in before.of_type(Veth, Vxlan, Vlan, Physical)
        if link.master is not None
    }
    wanted: list[Resource] = []
    for one in before.owned_by(lab):
        if isinstance(one, Bridge) and _kernels_choice(one, chosen):
            wanted.append(replace(one, mac=None))
        elif isinstance(one, Domain):
            wanted.append(as_it_was(one, observed.get(one.key)))
        else:
            wanted.append(one)
    return plan(MachineState.of(wanted), observed, lab)


def _kernels_choice(bridge: Bridge, chosen: set[tuple[str, str, str | None]]) -> bool:
    by_port = (bridge.netns, bridge.name, bridge.mac) in chosen
    by_tap = (bridge.mac or "").startswith("fe:")  # libvirt's taps: the guest's MAC, from fe:
    return by_port or by_tap


def _is_free(operation: Operation) -> bool:
    """Whether the operation lent a card that nobody had."""
    return operation.before is not None and operation.before.owner is None
