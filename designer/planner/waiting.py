"""What of a VM that runs waits for its next start: defined already, and not so yet.

libvirt keeps two definitions of a running VM, what it runs as and what it is started as next
(virsh(1), ``define`` and ``dumpxml --inactive``). A restart that nobody wants now is put off by
changing the second alone: the VM then is ``replace(live, later=…)``, which is what a plan leads to
and what is observed until QEMU is started anew. A guest that merely reboots keeps its QEMU.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from designer.machine.resources import Domain, DomainNic, Resource
from designer.machine.state import MachineState
from designer.planner import words
from designer.planner.comparing import MAY_WAIT, differing_now, place_of, restarting
from designer.planner.operations import Operation


def can_wait(wanted: Domain, there: Domain, fields: Iterable[str]) -> bool:
    """Whether all that needs a restart can be left to the next start. Another disk cannot: the
    running VM has its own open; nor can cards of another model that are plugged elsewhere, too."""
    rest = restarting(wanted, there, fields)
    return rest <= MAY_WAIT and ("nics" not in rest or _places(wanted) == _places(there))


def put_off(wanted: Domain, there: Domain) -> Domain:
    """``wanted`` with everything that needs a restart left to the next start: what the VM that
    runs as ``there`` is to become."""
    waits = restarting(wanted, there, differing_now(wanted, there))
    live = replace(wanted, **{name: getattr(there, name) for name in waits - {"nics"}})
    if "nics" in waits:
        live = replace(live, nics=_with_hardware_of(there.nics, live.nics))
    return defined(live, wanted)


def defined(live: Domain, definition: Domain) -> Domain:
    """A VM that runs as ``live`` and has this definition for its next start, of which the fields
    that wait count alone."""
    later = replace(
        live,
        **{name: getattr(definition, name) for name in MAY_WAIT - {"nics"}},
        nics=_with_hardware_of(definition.nics, live.nics),
        later=None,
    )
    waits = not MAY_WAIT.isdisjoint(differing_now(later, live))
    return replace(live, later=later if waits else None)


def as_it_was(before: Domain, there: Resource | None) -> Domain:
    """What going back to ``before`` leads to. Where it was started anew since, it was started as
    it was defined to be, and there is no way back to what it ran as."""
    if before.later is None:
        return before
    if (
        isinstance(there, Domain)
        and there.running
        and not restarting(before, there, differing_now(before, there))
    ):
        return before
    return before.later


def notes(
    desired: MachineState, observed: MachineState, operations: Iterable[Operation]
) -> Iterator[str]:
    """What waits once the operations are carried out."""
    after = {one.key: one.after for one in operations if one.key[0] == "domain"}
    for wanted in desired.of_type(Domain):
        there = after.get(wanted.key, observed.get(wanted.key))
        if isinstance(there, Domain) and there.later is not None and there.owner == wanted.owner:
            told = ", ".join(words.at_next_start(there))
            yield f"{there.name}, at its next start: {told}. Shut it down and start it for that."


def _places(domain: Domain) -> set[tuple[object, ...]]:
    return {(nic.mac.lower(), place_of(nic), nic.plugged) for nic in domain.nics}


def _with_hardware_of(
    hardware: Iterable[DomainNic], nics: Iterable[DomainNic]
) -> tuple[DomainNic, ...]:
    """The cards, of the models and MTUs that ``hardware`` has them in."""
    known = {nic.mac.lower(): nic for nic in hardware}
    found = []
    for nic in nics:
        as_made = known.get(nic.mac.lower(), nic)
        found.append(replace(nic, model=as_made.model, mtu=as_made.mtu))
    return tuple(found)
