"""What a check asks: the address that is pinged."""

from __future__ import annotations

from collections.abc import Iterator

from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Network
from designer.topology.records import Check


def asked(design: Design, check: Check) -> str:
    """The address of a check, without its prefix: the one that it names, or the first that is
    drawn at its target; "" where there is none."""
    if check.address:
        return check.address
    return next((text.partition("/")[0] for text in drawn_at(design, check.target)), "")


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
