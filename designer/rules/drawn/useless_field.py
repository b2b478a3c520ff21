"""A field that means nothing where it stands is refused, so that nobody relies on it."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from designer.rules.findings import Finding, called, error, listed
from designer.rules.view import View
from designer.topology.records import Interface

_PORT = frozenset({"cost", "priority", "hairpin"})
_OPTIONS = {field.name: field.default for field, _ in Interface.described() if field.name != "node"}
_TITLES = {field.name: spec.title for field, spec in Interface.described()}
_MEANT: dict[str, frozenset[str]] = {
    "container": frozenset({"name", "addresses", "mac", "mtu"}),
    "router": frozenset({"name", "addresses", "mac", "mtu"}),
    "host": frozenset({"name", "addresses", "mac", "mtu"}),
    "bridge": frozenset({"name", "mac", "mtu"}) | _PORT,
    "tap": frozenset({"mtu"}),
    "network": frozenset({"mtu"}),
    "vm": frozenset({"mac", "mtu", "model", "addresses"}),
}
"""By the kind of node; "tap" is a bridge's port with a VM on it, which libvirt makes. A VM's
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
    for interface in view.design.interfaces.values():
        kind = nodes[interface.node].kind
        if kind == "bridge" and interface.id in links_at:
            far = view.far(links_at[interface.id][0], interface.id)
            kind = "tap" if nodes[far.node].kind == "vm" else kind
        known = kind if kind in _MEANT else ""
        if _USELESS[known](interface)[1:] == _UNUSED[known]:
            continue
        meant = _MEANT.get(kind, frozenset())
        for name, default in _OPTIONS.items():
            if name in meant or getattr(interface, name) == default:
                continue
            fix = f"Leave it empty. Here count: {listed(meant)}." if meant else "Leave it empty."
            if kind == "bridge" and name == "addresses":
                fix = f"A port has no address: put it on the bridge {interface.node} itself."
            elif kind == "tap":
                fix = "Leave it empty: libvirt makes and names a VM's port."
            message = f"{_TITLES[name]} means nothing on {_what(kind)}."
            yield error("useless-field", f"interfaces/{interface.id}", name, message, fix)


def _what(kind: str) -> str:
    if kind == "tap":
        return "a bridge's port with a VM on it"
    if kind in ("bridge", "network", "segment", "trunk"):
        return f"a {kind}'s port"
    return "a NIC's side" if kind == "nic" else f"a {called(kind)}'s interface"
