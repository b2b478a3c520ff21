"""A bridge made anew under its ports: the kernel never takes a MAC back that it was given.

Once set (NET_ADDR_SET), a bridge's address is not chosen by its ports again as long as it lives. So
another bridge takes its place: its ports move one by one with what is kept about them, whosesoever
they are, then its name and addresses. Each port is without a bridge for a moment only.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import addresses, links, portvlans, routes
from tasks.drivers.kernel.session import Session, Step
from tasks.drivers.netlink import bridging, wire
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.bridging import Vlans
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.wire import Request

_AGAIN = c.NLM_F_CREATE | c.NLM_F_EXCL
_THERE = frozenset({errno.EEXIST})


def take_place(
    session: Session, netns: str, old: LinkSeen, index: int, operation: Operation
) -> list[Step]:
    """Give a new bridge, by its index, the ports and the name of an old one, which goes. Returns
    the steps that give it the addresses and routes back, once it is up."""
    socket = session.socket(netns)
    ports = [one for one in links.dump(socket).values() if one.master == old.index]
    vlans = bridging.read(socket) if portvlans.is_aware(old) else {}
    back = [
        Request(c.RTM_NEWADDR, addresses.body(one.address, index, one.protocol), _AGAIN)
        for one in addresses.present(socket, old.index)
        if not one.address.startswith("fe80:")
    ]
    back += [
        Request(c.RTM_NEWROUTE, routes.body(one.to, one.via, one.protocol), _AGAIN)
        for one in routes.present(socket)
        if one.index == old.index and one.via
    ]
    try:
        for port in ports:
            session.carry_out(_move(netns, port, index, vlans, operation))
    except OperationFailed:
        for port in ports:
            session.send(_move(netns, port, old.index, vlans, operation))
        session.send([links.delete(session, netns, index, operation)])
        raise
    rename = wire.link_body(wire.text(c.IFLA_IFNAME, old.name), index=index)
    session.carry_out(
        [
            links.delete(session, netns, old.index, operation),
            Step(netns, Request(c.RTM_NEWLINK, rename), operation),
        ]
    )
    return [Step(netns, request, operation, _THERE) for request in back]


def _move(
    netns: str, port: LinkSeen, index: int, vlans: Mapping[int, Vlans], operation: Operation
) -> list[Step]:
    """One bundle of messages: to the other bridge, and there with what was kept."""
    body = wire.link_body(wire.u32(c.IFLA_MASTER, index), index=port.index)
    steps = [Step(netns, Request(c.RTM_NEWLINK, body), operation)]
    if kept := links.port_attributes(links.seen_port(port)):
        body = wire.link_body(kept, index=port.index)
        steps.append(Step(netns, Request(c.RTM_NEWLINK, body), operation))
    if port.index in vlans:
        again = bridging.requests(port.index, vlans[port.index], bridging.NONE)
        steps += [Step(netns, request, operation) for request in again]
    return steps
