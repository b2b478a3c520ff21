"""What a check asks: the address that is pinged.

A VM on a network may have no drawn address: it is asked at what its network leased it by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Network, Vm
from designer.topology.records import Check

Leased = Mapping[str, Sequence[str]]
"""The addresses with prefix that networks gave to VMs, by the VM's id."""
NONE_LEASED: Leased = {}


def asked(design: Design, check: Check, leased: Leased = NONE_LEASED) -> str:
    """The address of a check, without its prefix: the one that it names, or the first that is
    drawn at its target, or the first that was leased to it; "" where there is none."""
    if check.address:
        return check.address
    addresses = (*drawn_at(design, check.target), *leased.get(check.target, ()))
    return next((text.partition("/")[0] for text in addresses), "")


def is_leased(design: Design, check: Check) -> bool:
    """Whether the address of a check is known only once its target has a lease."""
    target = design.nodes[check.target]
    if asked(design, check) or not isinstance(target, Vm):
        return False
    for card in design.interfaces_of[target.id]:
        port = design.peer(card.id)
        network = None if port is None else design.nodes[port.node]
        if isinstance(network, Network) and network.dhcp:
            return True
    return False


def drawn_at(design: Design, node_id: str) -> Iterator[str]:
    """The addresses drawn at a node, with prefix, its interfaces in natural order of their ids;
    those of a host's own interfaces come before those of its bridges and networks."""
    yield from getattr(design.nodes[node_id], "addresses", ())
    for one in sorted(design.interfaces_of[node_id], key=lambda one: natural(one.id)):
        yield from one.addresses
    if design.nodes[node_id].kind == "host":
        switches: list[Bridge | Network] = [*design.of_kind(Bridge), *design.of_kind(Network)]
        bridges = [one for one in switches if one.host == node_id]
        for bridge in sorted(bridges, key=lambda one: natural(one.id)):
            yield from bridge.addresses
