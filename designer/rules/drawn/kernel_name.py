"""A kernel's name for an interface stands once in a network namespace."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.view import View
from designer.topology.kinds import Bridge, Network, Nic


def kernel_name(view: View) -> Iterator[Finding]:
    design, links_at = view.design, view.links_at
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}

    def claim(stack: str, name: str, ref: str, id: str) -> None:
        if name:
            found.setdefault((stack, name), []).append((ref, id))

    for node in design.nodes.values():
        if isinstance(node, Bridge | Network):
            claim(node.host, node.name, f"nodes/{node.id}", node.id)
    for interface in design.interfaces.values():
        node = design.nodes[interface.node]
        if interface.id not in links_at:
            continue
        if node.kind in ("container", "router"):
            name = interface.name or interface.key
            claim(node.id, name, f"interfaces/{interface.id}", interface.id)
        elif interface.name and node.kind in ("host", "bridge"):
            host = design.host_of(node.id)
            assert host is not None
            claim(host, interface.name, f"interfaces/{interface.id}", interface.id)
    for trunking in view.trunks.values():
        for access in trunking.accesses:
            if access.far is None or access.bridge is not None:
                name = trunking.sub_interface(access)
                claim(trunking.trunk.host, name, f"interfaces/{access.port.id}", access.port.id)
    cards: dict[tuple[str, str], str] = {}
    for nic in design.of_kind(Nic):
        # Two NICs of one device have a rule of their own; any of them clashes with other things.
        card = nic.host, nic.name
        cards[card] = min(nic.id, cards.get(card, nic.id))
    for (host, name), id in cards.items():
        claim(host, name, f"nodes/{id}", id)
    for (stack, name), places in found.items():
        for ref, id in places if len(places) > 1 else ():
            others = listed(other for _, other in places if other != id)
            message = f"{name} is the name of {others}, too, on {stack}."
            yield error("kernel-name", ref, "name", message, "Give each a name of its own.")
