"""Designs of any size for tests: a campus of containers behind routers on two hosts."""

from __future__ import annotations

from typing import Any

from designer.machine.state import FEATURES, Inventory, NetworkFacts, NicFacts


def large_document(nodes: int, *, per_bridge: int = 20) -> dict[str, Any]:
    """A sound design of about that many nodes: two hosts joined by VXLAN, each with bridges of
    ``per_bridge`` containers behind one router."""
    document: dict[str, Any] = {"trunkline": 1, "name": "large"}
    tables: dict[str, dict[str, Any]] = {"nodes": {}, "interfaces": {}, "links": {}}

    def link(near: str, far: str, **fields: Any) -> None:
        for end in (near, far):
            tables["interfaces"].setdefault(end, {"node": end.partition(":")[0]})
        tables["interfaces"][near].update(fields)
        tables["links"][f"{near}~{far}"] = {"a": near, "b": far}

    tables["nodes"]["lan"] = {"kind": "segment"}
    for host in (1, 2):
        h = f"h{host}"
        tables["nodes"][h] = {"kind": "host"}
        tables["nodes"][f"backbone{host}"] = {"kind": "bridge", "host": h}
        tables["nodes"][f"nic{host}"] = {"kind": "nic", "host": h, "name": "eth1"}
        tables["nodes"][f"r{host}"] = {"kind": "router", "host": h, "gateway": f"10.0.0.{3 - host}"}
        link(f"backbone{host}:up", f"nic{host}:in")
        link(f"nic{host}:out", f"lan:p{host}")
        link(f"r{host}:up", f"backbone{host}:r", addresses=[f"10.0.0.{host}/24"])
    for bridge in range(max(nodes // (per_bridge + 1), 1)):
        host, subnet = bridge % 2 + 1, f"10.{bridge // 200 + 1}.{bridge % 200}"
        tables["nodes"][f"sw{bridge}"] = {"kind": "bridge", "host": f"h{host}"}
        link(f"r{host}:eth{bridge}", f"sw{bridge}:r", addresses=[f"{subnet}.1/24"])
        for at in range(per_bridge):
            id = f"c{bridge}-{at}"
            tables["nodes"][id] = {
                "kind": "container",
                "host": f"h{host}",
                "gateway": f"{subnet}.1",
            }
            link(f"{id}:eth0", f"sw{bridge}:p{at}", addresses=[f"{subnet}.{at + 10}/24"])
    return {**document, **tables}


PLACEMENT = {"h1": "hv1", "h2": "hv2"}


def inventory(name: str, number: int = 1, **more: Any) -> Inventory:
    """A hypervisor that can do everything, with an eth1 on 198.18.1.0/24 and a bare eth2."""
    facts = NicFacts(
        name="eth1",
        mac=f"02:00:00:00:00:{number:02x}",
        mtu=1500,
        up=True,
        addresses=(f"198.18.1.{10 + number}/24",),
    )
    bare = NicFacts(name="eth2", mac=f"02:00:00:00:01:{number:02x}", mtu=1500, up=True)
    values: dict[str, Any] = {
        "features": dict.fromkeys(FEATURES, True),
        "nics": (facts, bare),
        "links": ("lo", "eth0", "eth1", "eth2"),
        "subnets": ("198.18.0.0/24", "198.18.1.0/24"),
        "images": ("tiny.initrd", "tiny.qcow2", "tiny.vmlinuz"),
        "networks": (NetworkFacts(name="default", bridge="virbr0", forward="nat", active=True),),
        "memory": 4096,
        "vcpus": 4,
    }
    return Inventory(name=name, **{**values, **more})


def hypervisors(count: int) -> dict[str, Inventory]:
    """hv1 and so on."""
    return {f"hv{at}": inventory(f"hv{at}", at) for at in range(1, count + 1)}


def inventories() -> dict[str, Inventory]:
    return hypervisors(2)
