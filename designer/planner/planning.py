"""The plan: what leads from observed to desired, in an order in which nothing is cut needlessly.

Images are copied before anything is touched, then kernel modules come; VMs go first and come last.
A VLAN sub-interface wants its card up and its bridge there. An address moves only after its new
place is up, and NAT stands before anything is forwarded. What a deletion takes along (the contents
of a namespace, the other end of a veth pair, the addresses of a link) is no operation of its own;
but what the kernel drops as a side effect and the design still wants (routes when their last
address goes, secondary addresses with their primary, ports when a bridge is made anew) is taken
down and put back explicitly.
"""

from __future__ import annotations

from designer.machine.resources import Parent, Physical
from designer.machine.state import MachineState
from designer.planner import asking, moving, waiting
from designer.planner.differing import is_borrowed, owner_of
from designer.planner.draft import Draft
from designer.planner.fingerprint import fingerprint
from designer.planner.operations import Plan
from designer.planner.parts import (
    addresses,
    domains,
    links,
    namespaces,
    networks,
    prerequisites,
    routes,
    tables,
)
from designer.planner.refusing import refusal, unmovable


def plan(
    desired: MachineState, observed: MachineState, lab: str, *, at_next_start: bool = False
) -> Plan:
    """What to do so that ``observed`` becomes ``desired`` on what the lab owns. What needs a
    restart of a VM that runs has it, or is left to its next start where it can be and
    ``at_next_start`` says so.

    Pure, deterministic and linear. With refusals the plan may not be carried out; the operations
    are then what could be done once the refusals are gone.
    """
    draft = Draft(desired, observed, lab, at_next_start=at_next_start)
    if draft.found:
        _refuse(draft)
        prerequisites.sort(draft)
        networks.sort(draft)  # before the links, which must know whose bridges are restarted
        links.sort(draft)
        namespaces.sort(draft)
        routes.sort(draft, addresses.sort(draft))
        tables.sort(draft)
        domains.sort(draft)
    operations = draft.operations()
    refusals = tuple(draft.refusals)
    return Plan(
        lab=lab,
        operations=operations,
        refusals=refusals,
        notes=(
            *asking.notes(desired, observed),
            *waiting.notes(desired, observed, operations),
            *moving.notes(operations),
        ),
        fingerprint=fingerprint(lab, operations, refusals),
    )


def _refuse(draft: Draft) -> None:
    for key, one in draft.found.items():
        wanted = draft.desired.get(key)
        if one.kind == "foreign":
            there = draft.observed.resources[key]
            owner = owner_of(there, draft.observed)
            draft.refusals.append(refusal(one, wanted, owner))
        elif (
            one.kind == "missing"
            and isinstance(wanted, Physical | Parent)
            and key not in draft.observed.resources
        ) or (wanted is not None and is_borrowed(wanted)):
            draft.refusals.append(refusal(one, wanted, None))
    draft.refusals += unmovable(draft.desired, draft.observed, draft.lab)
