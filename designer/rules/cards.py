"""The NICs that become ports of bridges themselves, with all that the hypervisor has on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from designer.rules.view import View
from designer.topology.kinds import Bridge, Nic


class CardPort(NamedTuple):
    nic: Nic
    bridge: Bridge
    instead: str
    """What to choose in its place."""


def card_ports(view: View) -> Iterator[CardPort]:
    """Those of plain segments, of VLAN-aware trunks, and where a native VLAN leads to a bridge."""
    for uplinks in view.uplinks.values():
        for uplink in uplinks:
            if uplink.segment.transport == "plain":
                instead = f"Choose vxlan for {uplink.segment.id}"
                yield CardPort(uplink.nic, uplink.bridge, instead)
    for trunking in view.trunks.values():
        linked = [one for one in trunking.accesses if one.bridge is not None]
        native = [
            one for one in linked if one.vlan is not None and one.vlan == trunking.trunk.native
        ]
        if trunking.aware and linked:
            bridge = linked[0].bridge
            instead = f"Build {trunking.trunk.id} of sub-interfaces"
        elif native:
            bridge = native[0].bridge
            instead = f"Let no VLAN of {trunking.trunk.id} be native"
        else:
            continue
        if trunking.nic is not None and bridge is not None:
            yield CardPort(trunking.nic, bridge, instead)
