"""Ports of VLAN-aware bridges: which VLANs pass each of them, tagged and untagged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from designer.topology.design import Design
from designer.topology.kinds import Bridge
from designer.topology.records import Interface
from designer.topology.trunks import Trunking
from designer.topology.vlans import ids_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AwarePort:
    """``pvid`` is the VLAN of untagged frames both ways, None where they are dropped. ``trunk``
    is the VLAN-aware trunk that it belongs to: the port is then the trunk's NIC."""

    bridge: Bridge
    port: Interface
    pvid: int | None
    tagged: frozenset[int]
    trunk: Trunking | None = None


def aware_ports(design: Design, trunks: Mapping[str, Trunking]) -> Iterator[AwarePort]:
    """Every port of every VLAN-aware bridge."""
    given = {
        access.far.id: one
        for one in trunks.values()
        if one.aware
        for access in one.accesses
        if access.far is not None
    }
    for bridge in design.of_kind(Bridge):
        if not bridge.vlan_filtering:
            continue
        for port in design.interfaces_of[bridge.id]:
            trunk = given.get(port.id)
            pvid, tagged = (
                (port.vlan, ids_of(port.tagged))
                if trunk is None
                else (trunk.trunk.native, trunk.tagged)
            )
            yield AwarePort(bridge=bridge, port=port, pvid=pvid, tagged=tagged, trunk=trunk)
