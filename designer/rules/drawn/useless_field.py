"""A field that means nothing where it stands is refused, so that nobody relies on it."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from designer.rules.findings import Finding, called, error, listed
from designer.rules.view import View
from designer.topology.kinds import Bridge
from designer.topology.records import Interface

_PORT = frozenset({"cost", "priority", "hairpin"})
_VLANS = frozenset({"vlan", "tagged"})
_OPTIONS = {field.name: field.default for field, _ in Interface.described() if field.name != "node"}
_TITLES = {field.name: spec.title for field, spec in Interface.described()}
_MEANT: dict[str, frozenset[str]] = {
    "container": frozenset({"name", "addresses", "mac", "mtu"}),
    "router": frozenset({"name", "addresses", "mac", "mtu"}),
    "host": frozenset({"name", "addresses", "mac", "mtu"}),
    "bridge": frozenset({"name", "mac", "mtu"}) | _PORT,
    "tap": frozenset({"mtu"}),
    "aware": frozenset({"name", "mac", "mtu"}) | _PORT | _VLANS,
    "aware tap": frozenset({"mtu"}) | _VLANS,
    "card": _PORT,
    "aware card": _PORT | _VLANS,
    "trunk": frozenset({"vlan", "name", "mac", "mtu"}),
    "trunk host": frozenset({"vlan", "name", "mac", "mtu", "addresses"}),
    "trunk only": frozenset({"vlan"}),
    "network": frozenset({"mtu"}),
    "vm": frozenset({"mac", "mtu", "model", "addresses"}),
}
"""By the kind of node. "tap" is a bridge's port with a VM on it, which libvirt makes, "card" one
at a trunk, which names what is plugged in; both, and a bridge's other ports, may be "aware" of
VLANs. "trunk" is a trunk's port at a bridge, "trunk host" one that leads to nothing but the host,
"trunk only" one at a machine, whose own interface has the rest, or of the native VLAN. A VM's
addresses have a rule of their own."""


_USELESS = {
    kind: attrgetter("id", *(name for name in _OPTIONS if name not in meant))
    for kind, meant in (*_MEANT.items(), ("", frozenset[str]()))
}
_UNUSED = {
    kind: tuple(default for name, default in _OPTIONS.items() if name not in meant)
    for kind, meant in (*_MEANT.items(), ("", frozenset[str]()))
}
"""By kind, too: the fields that mean nothing, all fetched at once, and what they are when unset."""


def useless_field(view: View) -> Iterator[Finding]:
    nodes, links_at = view.design.nodes, view.links_at
    trunk_ports = dict(_trunk_ports(view))
    for interface in view.design.interfaces.values():
        kind = nodes[interface.node].kind
        if kind == "bridge":
            if interface.id in links_at:
                far = view.far(links_at[interface.id][0], interface.id)
                kind = _AT.get(nodes[far.node].kind, kind)
            aware = view.aware_ports.get(interface.id)
            if aware is not None and aware.trunk is None:
                kind = "aware" if kind == "bridge" else f"aware {kind}"
        elif kind == "trunk":
            kind = trunk_ports.get(interface.id, "trunk host")
        known = kind if kind in _MEANT else ""
        if _USELESS[known](interface)[1:] == _UNUSED[known]:
            continue
        meant = _MEANT.get(kind, frozenset())
        for name, default in _OPTIONS.items():
            if name in meant or getattr(interface, name) == default:
                continue
            fix = f"Leave it empty. Here count: {listed(meant)}." if meant else "Leave it empty."
            bridge = nodes[interface.node]
            if name in _VLANS and isinstance(bridge, Bridge):
                fix = f"Turn VLAN-aware on at {bridge.id}, or leave it empty."
                if bridge.vlan_filtering:
                    fix = "Leave it empty: the trunk says which VLANs pass."
            elif kind in ("bridge", "aware") and name == "addresses":
                fix = f"A port has no address: put it on the bridge {interface.node} itself."
            elif kind.endswith("tap"):
                fix = "Leave it empty: libvirt makes and names a VM's port."
            message = f"{_TITLES[name]} means nothing on {_what(kind)}."
            yield error("useless-field", f"interfaces/{interface.id}", name, message, fix)


def _what(kind: str) -> str:
    if kind in _WHAT:
        return _WHAT[kind]
    if kind in ("bridge", "network", "segment", "trunk"):
        return f"a {kind}'s port"
    return "a NIC's side" if kind == "nic" else f"a {called(kind)}'s interface"


_AT = {"vm": "tap", "trunk": "card"}
_WHAT = {
    "": "this port of a trunk",
    "tap": "a bridge's port with a VM on it",
    "aware tap": "a bridge's port with a VM on it",
    "aware": "a bridge's port",
    "card": "a bridge's port at a trunk",
    "aware card": "a bridge's port at a trunk",
    "trunk host": "a trunk's port",
    "trunk only": "this port of a trunk",
}


def _trunk_ports(view: View) -> Iterator[tuple[str, str]]:
    """What each port of a trunk is, "" where nothing means anything: towards a NIC, and of a
    VLAN-aware trunk. One with a link that cannot be has no entry: the link is what is wrong."""
    for trunking in view.trunks.values():
        yield from ((port.id, "") for port, _, _ in trunking.uplinks)
        for access in trunking.accesses:
            if trunking.aware:
                yield access.port.id, ""
            elif access.vlan is not None and access.vlan == trunking.trunk.native:
                yield access.port.id, "trunk only"
            elif access.far is None:
                yield access.port.id, "trunk host"
            else:
                yield access.port.id, "trunk" if access.bridge is not None else "trunk only"
