"""Our own netlink messages and decoding against pyroute2's."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from designer.machine.resources import Bridge, Port
from tasks.drivers.kernel import addresses, bridges, links, routes, vxlans
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, wire
from tasks.drivers.netlink.page import Page

NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789.-_", min_size=1, max_size=15)
ALIASES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
MACS = st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex(":"))
U32 = st.integers(0, 2**32 - 1)
INDEX = st.integers(1, 2**31 - 1)
V4 = st.integers(0, 2**32 - 1).map(lambda one: str(IPv4Address(one)))
V6 = st.integers(0, 2**128 - 1).map(lambda one: str(IPv6Address(one)))


def encoded(message: Any, kind: int) -> bytes:
    """A message of pyroute2 as it would come from the kernel."""
    message["header"]["type"] = kind
    message.encode()
    return bytes(message.data)


def decoded(cls: Any, body: bytes, kind: int) -> Any:
    """A message of ours as pyroute2 reads it."""
    raw = wire.HEADER.pack(16 + len(body), kind, 0, 1, 0) + body
    message = cls(raw)
    message.decode()
    return message


@st.composite
def link_messages(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["", "bridge", "veth", "vxlan", "tun"]))
    return {
        "index": draw(INDEX),
        "flags": draw(st.integers(0, 2**17)),
        "IFLA_IFNAME": draw(NAMES),
        "IFLA_IFALIAS": draw(ALIASES),
        "IFLA_ADDRESS": draw(MACS),
        "IFLA_MTU": draw(U32),
        "IFLA_MASTER": draw(INDEX),
        "IFLA_LINK": draw(INDEX),
        "IFLA_GROUP": draw(U32),
        "IFLA_LINK_NETNSID": draw(st.integers(-1, 2**31 - 1)),
        "kind": kind,
        "port": draw(
            st.none()
            | st.fixed_dictionaries(
                {
                    "IFLA_BRPORT_STATE": st.integers(0, 4),
                    "IFLA_BRPORT_PRIORITY": st.integers(0, 63),
                    "IFLA_BRPORT_COST": st.integers(1, 65535),
                    "IFLA_BRPORT_MODE": st.integers(0, 1),
                }
            )
        ),
    }


@given(link_messages())
def test_links_are_read_as_pyroute2_writes_them(told: dict[str, Any]) -> None:
    message = ifinfmsg()
    message["index"], message["flags"] = told["index"], told["flags"]
    plain = [(key, value) for key, value in told.items() if key.startswith("IFLA_")]
    info: list[Any] = []
    if told["kind"]:
        info.append(("IFLA_INFO_KIND", told["kind"]))
    if told["port"]:
        info.append(("IFLA_INFO_SLAVE_KIND", "bridge"))
        info.append(("IFLA_INFO_SLAVE_DATA", {"attrs": list(told["port"].items())}))
    message["attrs"] = [*plain, ("IFLA_LINKINFO", {"attrs": info})]
    raw = encoded(message, c.RTM_NEWLINK)
    seen = decode.link(Page(raw), 0, len(raw))
    assert seen.index == told["index"]
    assert seen.flags == told["flags"]
    assert (seen.up, seen.running) == (bool(told["flags"] & 1), bool(told["flags"] & 0x10000))
    assert (seen.name, seen.alias) == (told["IFLA_IFNAME"], told["IFLA_IFALIAS"])
    assert (seen.mac, seen.mtu) == (told["IFLA_ADDRESS"], told["IFLA_MTU"])
    assert (seen.master, seen.group) == (told["IFLA_MASTER"], told["IFLA_GROUP"])
    assert (seen.peer, seen.peer_nsid) == (told["IFLA_LINK"], told["IFLA_LINK_NETNSID"])
    assert seen.kind == told["kind"]
    port = links.seen_port(seen)
    if told["port"] is None:
        assert port is None
    else:
        assert port is not None
        assert port.cost == told["port"]["IFLA_BRPORT_COST"]
        assert port.priority == told["port"]["IFLA_BRPORT_PRIORITY"]
        assert port.hairpin is bool(told["port"]["IFLA_BRPORT_MODE"])
        states = ("disabled", "listening", "learning", "forwarding", "blocking")
        assert port.state == states[told["port"]["IFLA_BRPORT_STATE"]]


@given(st.one_of(V4.map(lambda a: (a, 24)), V6.map(lambda a: (a, 64))), INDEX, st.integers(0, 255))
def test_addresses_are_read_as_pyroute2_writes_them(
    address: tuple[str, int], index: int, protocol: int
) -> None:
    own, length = address
    message = ifaddrmsg()
    message["family"] = socket.AF_INET6 if ":" in own else socket.AF_INET
    message["prefixlen"], message["index"] = length, index
    name = "IFA_ADDRESS" if ":" in own else "IFA_LOCAL"
    message["attrs"] = [(name, own), ("IFA_PROTO", protocol)]
    raw = encoded(message, c.RTM_NEWADDR)
    assert decode.address(Page(raw), 0, len(raw)) == decode.AddressSeen(
        index, f"{own}/{length}", protocol
    )


@given(
    st.one_of(
        st.tuples(V4, st.integers(0, 32), V4), st.tuples(V6, st.integers(0, 128), V6)
    ),
    INDEX,
    st.integers(0, 255),
    U32.filter(bool),
)  # fmt: skip
def test_routes_are_read_as_pyroute2_writes_them(
    route: tuple[str, int, str], index: int, protocol: int, table: int
) -> None:
    to, length, via = route
    message = rtmsg()
    message["family"] = socket.AF_INET6 if ":" in to else socket.AF_INET
    message["dst_len"], message["proto"], message["type"] = length, protocol, 1
    message["table"] = min(table, 252)
    message["attrs"] = [("RTA_DST", to)] if length else []
    message["attrs"] += [("RTA_GATEWAY", via), ("RTA_OIF", index), ("RTA_TABLE", table)]
    raw = encoded(message, c.RTM_NEWROUTE)
    seen = decode.route(Page(raw), 0, len(raw))
    assert decode.by_gateway(Page(raw), 0, len(raw)) == seen
    anywhere = "::" if ":" in to else "0.0.0.0"
    assert seen.to == f"{to if length else anywhere}/{length}"
    assert (seen.via, seen.index, seen.protocol) == (via, index, protocol)
    assert (seen.table, seen.type) == (table, 1)


@given(V4, V6, INDEX)
def test_addresses_are_written_as_pyroute2_reads_them(v4: str, v6: str, index: int) -> None:
    for own, length in ((v4, 24), (v6, 64)):
        message = decoded(ifaddrmsg, addresses.body(f"{own}/{length}", index), c.RTM_NEWADDR)
        assert (message["index"], message["prefixlen"]) == (index, length)
        for name in ("IFA_LOCAL", "IFA_ADDRESS"):
            assert ip_address(message.get_attr(name)) == ip_address(own)
        assert message.get_attr("IFA_PROTO") == 84


@given(st.integers(1, 32), V4, st.integers(1, 128), V6)
def test_routes_are_written_as_pyroute2_reads_them(
    length4: int, via4: str, length6: int, via6: str
) -> None:
    for to, length, via in (("10.0.0.0", length4, via4), ("2001:db8::", length6, via6)):
        message = decoded(rtmsg, routes.body(f"{to}/{length}", via), c.RTM_NEWROUTE)
        assert (message["dst_len"], message["table"], message["proto"]) == (length, 254, 84)
        assert message.get_attr("RTA_DST") == to
        assert ip_address(message.get_attr("RTA_GATEWAY")) == ip_address(via)


@given(
    st.builds(
        Bridge,
        name=st.just("br0"),
        stp=st.none() | st.booleans(),
        priority=st.none() | st.integers(0, 65535),
        forward_delay=st.none() | st.integers(2, 30),
        hello_time=st.none() | st.integers(1, 10),
        max_age=st.none() | st.integers(6, 40),
        ageing_time=st.none() | st.integers(0, 1_000_000),
    ),
    st.builds(
        Port,
        cost=st.none() | st.integers(1, 65535),
        priority=st.none() | st.integers(0, 63),
        hairpin=st.none() | st.booleans(),
    ),
)
def test_bridges_are_written_as_pyroute2_reads_them(bridge: Bridge, port: Port) -> None:
    info = wire.nest(
        c.IFLA_LINKINFO,
        wire.text(c.IFLA_INFO_KIND, "bridge"),
        wire.nest(c.IFLA_INFO_DATA, bridges.options(bridge)),
    )
    message = decoded(ifinfmsg, wire.link_body(info), c.RTM_NEWLINK)
    data = message.get_nested("IFLA_LINKINFO", "IFLA_INFO_DATA")

    def told(name: str) -> Any:
        return data.get_attr(name) if data is not None else None

    def hundredths(value: int | None) -> int | None:
        return None if value is None else value * 100

    assert told("IFLA_BR_STP_STATE") == bridge.stp
    assert told("IFLA_BR_PRIORITY") == bridge.priority
    assert told("IFLA_BR_FORWARD_DELAY") == hundredths(bridge.forward_delay)
    assert told("IFLA_BR_HELLO_TIME") == hundredths(bridge.hello_time)
    assert told("IFLA_BR_MAX_AGE") == hundredths(bridge.max_age)
    assert told("IFLA_BR_AGEING_TIME") == hundredths(bridge.ageing_time)
    written = links.port_attributes(port)
    if not written:
        assert port == Port()
        return
    message = decoded(ifinfmsg, wire.link_body(written), c.RTM_NEWLINK)
    slave = message.get_nested("IFLA_LINKINFO", "IFLA_INFO_SLAVE_DATA")
    assert slave.get_attr("IFLA_BRPORT_COST") == port.cost
    assert slave.get_attr("IFLA_BRPORT_PRIORITY") == port.priority
    assert slave.get_attr("IFLA_BRPORT_MODE") == port.hairpin


@given(V4, INDEX)
def test_flood_entries_both_ways(remote: str, index: int) -> None:
    message = decoded(ndmsg, vxlans.flood(index, remote), c.RTM_NEWNEIGH)
    assert (message["family"], message["ifindex"]) == (7, index)
    assert message.get_attr("NDA_LLADDR") == "00:00:00:00:00:00"
    assert socket.inet_ntoa(vxlans.flood(index, remote)[-4:]) == remote
    raw = wire.HEADER.pack(0, c.RTM_NEWNEIGH, 0, 1, 0) + vxlans.flood(index, remote)
    assert decode.flood_target(Page(raw), 0, len(raw)) == (index, remote)


@given(st.lists(st.tuples(st.integers(1, 0x3FFF), st.binary(max_size=40)), max_size=20))
def test_attributes_come_back(told: list[tuple[int, bytes]]) -> None:
    raw = b"".join(wire.attribute(kind, value) for kind, value in told)
    assert len(raw) % 4 == 0
    found = decode.attributes(Page(raw), 0, len(raw))
    assert {kind: raw[first:last] for kind, (first, last) in found.items()} == dict(told)


@given(st.binary(max_size=400))
def test_no_garbage_makes_the_decoder_loop_or_read_beyond(raw: bytes) -> None:
    for first, last in decode.attributes(Page(raw), 0, len(raw)).values():
        assert first <= last <= len(raw)
