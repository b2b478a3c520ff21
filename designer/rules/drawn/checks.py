"""A check can be run: someone who can ask, and an address to be asked for."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, called, error, listed, warning
from designer.rules.subnets import ip_of
from designer.rules.view import View
from designer.topology.asking import asked, drawn_at, is_leased
from designer.topology.kinds import Vm
from designer.topology.records import Check

ASKERS = frozenset({"container", "router", "vm", "host"})
_KNOWN = frozenset({"container", "router"})
"""Their addresses are all drawn; a VM's are not, and a host has others."""


def checks(view: View) -> Iterator[Finding]:
    for check in view.design.checks.values():
        yield from _ends(view, check)
        yield from _address(view, check)


def _ends(view: View, check: Check) -> Iterator[Finding]:
    ref, source = f"checks/{check.id}", view.design.nodes[check.source]
    if source.kind not in ASKERS:
        message = f"The {called(source.kind)} {source.id} cannot ask."
        fix = "Start the check at a container, router, VM or host."
        yield error("check-source", ref, "source", message, fix)
    elif isinstance(source, Vm) and not source.running:
        message = f"The VM {source.id} is off and cannot ask."
        yield warning("check-source", ref, "source", message, f"Turn on running at {source.id}.")
    if check.source == check.target:
        message = f"{source.id} asks itself."
        fix = "Let the check lead to another node."
        yield warning("check-self", ref, "target", message, fix)


def _address(view: View, check: Check) -> Iterator[Finding]:
    ref, target = f"checks/{check.id}", view.design.nodes[check.target]
    address = asked(view.design, check)
    if not address:
        if is_leased(view.design, check):
            return  # asked for when it is run
        message = f"No address is drawn at the {called(target.kind)} {target.id}."
        fix = "Name the address that is to be asked."
        yield error("check-address", ref, "address", message, fix)
        return
    version, number = ip_of(address)
    if target.kind in _KNOWN and check.address:
        drawn = [one.partition("/")[0] for one in drawn_at(view.design, target.id)]
        if (version, number) not in map(ip_of, drawn):
            has = f"it has {listed(drawn)}" if drawn else "it has none"
            message = f"{address} is no address of {target.id}; {has}."
            fix = "Leave it empty for the first, or name one of them."
            yield warning("check-elsewhere", ref, "address", message, fix)
    if view.design.nodes[check.source].kind in _KNOWN:
        held = [one for one in view.held_by_stack.get(check.source, ()) if one.lan]
        if not any(one.subnet.version == version for one in held):
            message = f"{check.source} has no IPv{version} address to ask {address} from."
            fix = f"Give {check.source} an IPv{version} address, or ask for another."
            yield error("check-family", ref, "address", message, fix)
