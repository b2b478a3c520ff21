"""The lab that is measured: L veth links, four to a bridge, each far end with an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from designer.machine.resources import Address, Bridge, Namespace, Resource, Veth
from designer.machine.state import MachineState

LAB = "benchlab"
PORTS = 4
Mode = Literal["flat", "hosts"]
"""flat: both ends in one namespace. hosts: a namespace of its own for each link."""


def address(number: int) -> str:
    """10.x.y.z/24, another one for each link."""
    return f"10.{number // 250 // 250 + 1}.{number // 250 % 250}.{number % 250 + 1}/24"


def desired(links: int, mode: Mode, per_bridge: int = PORTS) -> MachineState:
    return MachineState.of(_resources(links, mode, per_bridge))


def _resources(links: int, mode: Mode, per_bridge: int) -> Iterator[Resource]:
    for number in range((links + per_bridge - 1) // per_bridge):
        yield Bridge(name=f"br{number}", ipv6=False, owner=LAB)
    for number in range(links):
        netns = f"{LAB}-h{number}" if mode == "hosts" else ""
        near, far = f"v{number}", f"e{number}"
        if netns:
            yield Namespace(name=netns, owner=LAB)
        yield Veth(
            name=near, peer=far, peer_netns=netns, master=f"br{number // per_bridge}",
            ipv6=False, owner=LAB,
        )  # fmt: skip
        yield Veth(netns=netns, name=far, peer=near, owner=LAB)
        yield Address(netns=netns, link=far, address=address(number), owner=LAB)
