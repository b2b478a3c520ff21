"""A MAC address stands once in a LAN."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error, listed
from designer.rules.view import View
from designer.topology.kinds import Bridge


def duplicate_mac(view: View) -> Iterator[Finding]:
    lans = view.lans.of
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for interface in view.design.interfaces.values():
        if interface.mac is not None and interface.id in view.links_at:
            place = (f"interfaces/{interface.id}", interface.id)
            found.setdefault((lans[interface.id], interface.mac), []).append(place)
    for bridge in view.design.of_kind(Bridge):
        if bridge.mac is not None:
            place = (f"nodes/{bridge.id}", bridge.id)
            found.setdefault((lans[bridge.id], bridge.mac), []).append(place)
    for (_, mac), places in found.items():
        for ref, id in places if len(places) > 1 else ():
            if _own_port(view, id, [other for _, other in places]):
                continue
            others = listed(other for _, other in places if other != id)
            message = f"{mac} is also at {others}, in the same LAN."
            fix = "Give each another, or none: one is generated."
            yield error("duplicate-mac", ref, "mac", message, fix)


def _own_port(view: View, id: str, sharing: list[str]) -> bool:
    """A bridge may have the address of one of its ports: that is how the kernel does it, too."""
    interfaces = view.design.interfaces
    bridges = {interfaces[one].node if one in interfaces else one for one in sharing}
    ports = [one for one in sharing if one in interfaces]
    return len(sharing) == 2 and len(ports) == 1 and len(bridges) == 1
