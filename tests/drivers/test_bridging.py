"""VLANs of ports: our messages against pyroute2's, and what they lead to, whatever was before."""

from __future__ import annotations

import socket
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

from tasks.drivers.netlink import bridging, decode, wire
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.bridging import Vlans
from tasks.drivers.netlink.page import Page

VIDS = st.integers(1, 4094)


@st.composite
def vlans(draw: st.DrawFn) -> Vlans:
    """Runs and single ids, some of them untagged; the PVID is one of them, or none."""
    ids = draw(st.sets(VIDS, max_size=12))
    for start in draw(st.lists(VIDS, max_size=3)):
        ids |= set(range(start, min(start + 20, 4095)))
    untagged = draw(st.sets(st.sampled_from(sorted(ids)))) if ids else set()
    pvid = draw(st.sampled_from([0, *sorted(ids)]))
    return Vlans(pvid, tuple(sorted(untagged)), tuple(sorted(ids - untagged)))


def told(body: bytes, type: int) -> Any:
    """A request of ours as pyroute2 reads it."""
    message = ifinfmsg(wire.HEADER.pack(16 + len(body), type, 0, 1, 0) + body)
    message.decode()
    return message


class Port:
    """A port's VLANs, and how the kernel works through a message about them (br_netlink.c)."""

    def __init__(self, there: Vlans) -> None:
        self.pvid = there.pvid
        self.untagged = set(there.untagged)
        self.all = {*there.untagged, *there.tagged}

    def take(self, message: Any, delete: bool) -> None:
        spec = message.get_attr("IFLA_AF_SPEC")
        first = 0
        for info in spec.get_attrs("IFLA_BRIDGE_VLAN_INFO"):
            flags, vid = info["flags"], info["vid"]
            if flags & c.BRIDGE_VLAN_INFO_RANGE_BEGIN:
                assert not flags & c.BRIDGE_VLAN_INFO_PVID  # the kernel refuses that
                assert not first
                first = vid
                continue
            if flags & c.BRIDGE_VLAN_INFO_RANGE_END:
                assert 0 < first < vid
            for one in range(first or vid, vid + 1):
                self._one(one, flags, delete)
            first = 0
        assert not first

    def _one(self, vid: int, flags: int, delete: bool) -> None:
        if delete:
            assert vid in self.all
            self.all.remove(vid)
            self.untagged.discard(vid)
            self.pvid = 0 if self.pvid == vid else self.pvid
            return
        self.all.add(vid)
        if flags & c.BRIDGE_VLAN_INFO_UNTAGGED:
            self.untagged.add(vid)
        else:
            self.untagged.discard(vid)
        if flags & c.BRIDGE_VLAN_INFO_PVID:
            self.pvid = vid
        elif self.pvid == vid:
            self.pvid = 0

    @property
    def vlans(self) -> Vlans:
        tagged = tuple(sorted(self.all - self.untagged))
        return Vlans(self.pvid, tuple(sorted(self.untagged)), tagged)


@given(before=vlans(), wanted=vlans(), own=st.booleans())
def test_any_list_leads_to_any_other(before: Vlans, wanted: Vlans, own: bool) -> None:
    port = Port(before)
    stay = {*before.flags().items()} & {*wanted.flags().items()}
    for request in bridging.requests(7, wanted, before, own=own):
        message = told(request.body, request.type)
        assert (message["family"], message["index"]) == (c.AF_BRIDGE, 7)
        assert (message.get_attr("IFLA_AF_SPEC").get_attr("IFLA_BRIDGE_VLAN_FLAGS") == 2) is own
        port.take(message, request.type == c.RTM_DELLINK)
        assert stay <= {*port.vlans.flags().items()}
    assert port.vlans == wanted


@given(vlans(), st.integers(1, 2**31 - 1))
def test_read_as_pyroute2_writes_it(there: Vlans, index: int) -> None:
    entries = [
        {"flags": flags, "vid": vid}
        for request in bridging.requests(1, there, bridging.NONE)
        for flags, vid in decode.bridge_vlans(*page(request.body))[1]
    ]
    message = ifinfmsg()
    message["family"], message["index"] = c.AF_BRIDGE, index
    message["header"]["type"] = c.RTM_NEWLINK
    spec = [("IFLA_BRIDGE_VLAN_INFO", entry) for entry in entries]
    message["attrs"] = [("IFLA_IFNAME", "p1"), ("IFLA_AF_SPEC", {"attrs": spec})]
    message.encode()
    raw = bytes(message.data)
    seen, found = decode.bridge_vlans(Page(raw), 0, len(raw))
    assert seen == index
    assert Vlans.of(found) == there


def page(body: bytes) -> tuple[Page, int, int]:
    raw = wire.HEADER.pack(16 + len(body), c.RTM_SETLINK, 0, 1, 0) + body
    return Page(raw), 0, len(raw)


def test_a_port_without_vlans_has_no_such_attribute() -> None:
    message = ifinfmsg()
    message["family"], message["index"] = socket.AF_UNSPEC, 3
    message["attrs"] = [("IFLA_IFNAME", "p1")]
    message.encode()
    raw = bytes(message.data)
    assert decode.bridge_vlans(Page(raw), 0, len(raw)) == (3, [])


def test_nothing_is_sent_where_nothing_differs() -> None:
    there = Vlans(10, (10,), (20, 21))
    assert list(bridging.requests(1, there, there)) == []
