"""Machine states and jobs for the tests, all of one lab."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from designer.machine.resources import (
    Address,
    Bridge,
    Namespace,
    NatTable,
    Port,
    Resource,
    Route,
    Veth,
)
from designer.wire import resources_to_json

LAB = "lab00001"
_generations = itertools.count(1)
_deployments = itertools.count(1)


def container(name: str, address: str, *, bridge: str = "br0", lab: str = LAB) -> list[Resource]:
    """A namespace with eth0 on a bridge of the hypervisor."""
    netns, end = f"{lab}-{name}", f"tlv{name}"
    return [
        Namespace(name=netns, owner=lab),
        Veth(name=end, peer_netns=netns, peer="eth0", master=bridge, port=Port(), ipv6=False,
             owner=lab),
        Veth(netns=netns, name="eth0", peer_netns="", peer=end, owner=lab),
        Address(netns=netns, link="eth0", address=address, owner=lab),
    ]  # fmt: skip


def lab_of(containers: int = 2, *, stp: bool = False, lab: str = LAB) -> list[Resource]:
    """A bridge with an address and so many containers on it."""
    state: list[Resource] = [
        Bridge(name="br0", stp=stp, ipv6=False, owner=lab),
        Address(link="br0", address="10.9.0.1/24", owner=lab),
    ]
    for number in range(1, containers + 1):
        state += container(f"c{number}", f"10.9.0.{number + 10}/24", lab=lab)
    return state


def routed(lab: str = LAB) -> list[Resource]:
    """A container behind a NAT router: namespaces, veths, addresses, routes, a table."""
    router = f"{lab}-r1"
    return [
        *lab_of(1, lab=lab),
        Route(netns=f"{lab}-c1", to="0.0.0.0/0", via="10.9.0.2", owner=lab),
        Namespace(name=router, forwarding=True, owner=lab),
        Veth(name="tlvr1", peer_netns=router, peer="in0", master="br0", port=Port(), ipv6=False,
             owner=lab),
        Veth(netns=router, name="in0", peer_netns="", peer="tlvr1", owner=lab),
        Address(netns=router, link="in0", address="10.9.0.2/24", owner=lab),
        Veth(name="out0", peer_netns=router, peer="out1", owner=lab),
        Veth(netns=router, name="out1", peer_netns="", peer="out0", owner=lab),
        Address(link="out0", address="10.8.0.1/30", owner=lab),
        Address(netns=router, link="out1", address="10.8.0.2/30", owner=lab),
        NatTable(netns=router, name=f"trunkline-{lab}", outside=("out1",), owner=lab),
    ]  # fmt: skip


def job(
    resources: Sequence[Resource],
    *,
    phase: str = "apply",
    lab: str = LAB,
    deployment: str | None = None,
    generation: int | None = None,
    fingerprint: str | None = None,
    putting_back: bool = False,
) -> dict[str, Any]:
    """A job as the controller sends it; each newer than the one made before."""
    return {
        "lab": lab,
        "deployment": deployment or f"00000000-0000-4000-8000-{next(_deployments):012}",
        "generation": next(_generations) if generation is None else generation,
        "phase": phase,
        "fingerprint": fingerprint,
        "putting_back": putting_back,
        "resources": resources_to_json(resources),
        "origins": [[list(one.key), _ref(one)] for one in resources],
    }


def destroy(**fields: Any) -> dict[str, Any]:
    return job([], phase="destroy", **fields)


def _ref(resource: Resource) -> str:
    match resource:
        case Bridge() | Namespace():
            return f"nodes/{resource.name}"
        case Veth():
            return f"interfaces/{resource.netns or 'host'}:{resource.name}"
        case Address():
            return f"interfaces/{resource.netns or 'host'}:{resource.link}"
        case _:
            return f"nodes/{getattr(resource, 'netns', '') or 'host'}"
