"""Ports of VLAN-aware bridges, and these bridges themselves, brought to the VLANs stated of them.

What is there is read once they are ports, and only the difference is sent: a bridge that somebody
else set up gives each new port its default PVID.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import replace

from designer.machine.resources import Bridge, Link, Port
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel.session import Session, Step, raise_first
from tasks.drivers.netlink import bridging
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.bridging import Vlans
from tasks.drivers.netlink.decode import LinkSeen

_NO_FILTER = (
    "This hypervisor's kernel has no VLAN-aware bridges (CONFIG_BRIDGE_VLAN_FILTERING). Draw the "
    "trunk with sub-interfaces, or place the host elsewhere."
)


def is_aware(seen: LinkSeen | None) -> bool:
    """Whether it is a bridge that keeps VLANs apart."""
    return (
        seen is not None
        and seen.kind == "bridge"
        and (seen.data or {}).get(c.IFLA_BR_VLAN_FILTERING) == b"\1"
    )


def stated(link: Link) -> Vlans | None:
    """The VLANs that are stated of a link: a bridge's own, or those of a port."""
    if isinstance(link, Bridge):
        if link.vlan is None:
            return None
        return Vlans(link.vlan, (link.vlan,)) if link.vlan else bridging.NONE
    port = link.port
    if link.master is None or port is None or port.pvid is None:
        return None
    return Vlans(port.pvid, port.untagged or (), port.tagged or ())


def seen_port(port: Port | None, vlans: Vlans) -> Port | None:
    """What a VLAN-aware bridge keeps about a port, with its VLANs."""
    if port is None:
        return None
    return replace(port, pvid=vlans.pvid, untagged=vlans.untagged, tagged=vlans.tagged)


def seen_own(vlans: Vlans) -> int | None:
    """The VLAN of a bridge's own addresses, 0 for none; None where its list is another."""
    if vlans == bridging.NONE:
        return 0
    return vlans.pvid if vlans == Vlans(vlans.pvid, (vlans.pvid,)) else None


def bring(session: Session, links: Iterable[tuple[Link, int, Operation]]) -> None:
    """Bring links, each by its index, to the VLANs stated of them."""
    wanted = [
        (link, index, vlans, operation)
        for link, index, operation in links
        if (vlans := stated(link)) is not None
    ]
    there = {
        netns: bridging.read(session.socket(netns))
        for netns in dict.fromkeys(link.netns for link, *_ in wanted)
    }
    steps = []
    for link, index, vlans, operation in wanted:
        before = there[link.netns].get(index, bridging.NONE)
        own = isinstance(link, Bridge)
        for request in bridging.requests(index, vlans, before, own=own):
            gone = frozenset({errno.ENOENT} if request.type == c.RTM_DELLINK else ())
            steps.append(Step(link.netns, request, operation, gone))
    failed = session.send(steps)
    for step, why in failed:
        if why.errno == errno.EOPNOTSUPP:
            raise cannot_filter(step.operation, why.words)
    raise_first(failed, (operation for *_, operation in wanted))


def cannot_filter(operation: Operation, words: str) -> OperationFailed:
    return OperationFailed(operation, errno.EOPNOTSUPP, words, _NO_FILTER)
