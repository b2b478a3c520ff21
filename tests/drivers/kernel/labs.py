"""Small labs as lists of resources."""

from __future__ import annotations

from designer.machine.resources import Address, Bridge, Namespace, Resource, Veth
from tests.drivers.ground import LAB


def container(
    number: int, bridge: str = "br0", *, network: str = "10.0.0", lab: str = LAB
) -> list[Resource]:
    """A namespace with an eth0 on a bridge, .NUMBER in the network."""
    netns = f"{lab}-c{number}"
    near = f"tlv-{bridge}-{number}"
    return [
        Namespace(name=netns, owner=lab),
        Veth(name=near, peer="eth0", peer_netns=netns, master=bridge, ipv6=False, owner=lab),
        Veth(netns=netns, name="eth0", peer=near, owner=lab),
        Address(netns=netns, link="eth0", address=f"{network}.{number}/24", owner=lab),
    ]


def bridged(count: int = 2, lab: str = LAB) -> list[Resource]:
    """br0 with so many containers, .1 and on."""
    resources: list[Resource] = [Bridge(name="br0", ipv6=False, owner=lab)]
    for number in range(1, count + 1):
        resources += container(number, lab=lab)
    return resources
