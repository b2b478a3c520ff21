"""libvirt's networks, from their labs to guests that reach what they should: by the checks that are
drawn, and by what the kernel, libvirt and the guests themselves say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import designer.files
from designer.topology.design import Design
from designer.topology.kinds import Container, Network
from tests.e2e.product import Machine, Product, eventually

pytestmark = [pytest.mark.kernel, pytest.mark.libvirt, pytest.mark.usefixtures("clean")]

BUILTIN = Path(designer.files.__file__).parent / "builtin"


def built_in(slug: str) -> Design:
    return designer.files.load((BUILTIN / f"{slug}.yaml").read_text())


class Labs:
    """Deploys designs, and destroys at the end what it deployed, whatever happened."""

    def __init__(self, product: Product, folder: Path) -> None:
        self.product, self.folder = product, folder
        self.names: dict[str, None] = {}

    def deploy(self, design: Design, *, expect: int | None = 0) -> Any:
        file = self.folder / "lab.yaml"
        file.write_text(designer.files.dump_yaml(design))
        done = self.product.lab("deploy", str(file), "--wait", expect=expect)
        if "findings" not in done:
            self.names.setdefault(design.name)
        return done

    def status(self, design: Design) -> dict[str, Any]:
        statuses: dict[str, Any] = self.product.lab("status", design.name)["statuses"]
        return statuses


@pytest.fixture
def labs(product: Product, tmp_path: Path) -> Iterator[Labs]:
    labs = Labs(product, tmp_path)
    yield labs
    for name in labs.names:
        product.lab("destroy", name, "--wait")


def checked(labs: Labs, design: Design) -> None:
    """Every check that is drawn comes out as it must."""
    run = labs.product.lab("check", design.name)
    assert {ref: one["state"] for ref, one in run["results"].items()} == {
        f"checks/{id}": "ok" for id in design.checks
    }


def asked(machine: Machine, address: str, page: str) -> Any:
    """The answer of a page of the guest's."""
    code = (
        "import urllib.request as u;"
        f"print(u.urlopen('http://{address}/cgi-bin/{page}', timeout=20).read().decode())"
    )
    return json.loads(machine.command("python3", "-c", code).stdout)


def up(machine: Machine, address: str) -> None:
    eventually(partial(machine.ping, address, count=1), within=60, what=f"{address} is up")


def moved(design: Design, card: str, port: str) -> Design:
    """The design with a card's cable drawn to another node's port instead."""
    links = dict(design.links)
    [link] = [one for one in links.values() if card in one.ends]
    old = link.b if link.a == card else link.a
    interfaces = {id: one for id, one in design.interfaces.items() if id != old}
    interfaces[port] = replace(design.interfaces[old], id=port, node=port.partition(":")[0])
    links[link.id] = replace(link, a=card, b=port)
    return replace(design, interfaces=interfaces, links=links)


def test_nat_leads_out_and_not_in(labs: Labs, hv1: Machine) -> None:
    design = built_in("virbr0")
    labs.deploy(design)
    up(hv1, "192.168.150.10")
    checked(labs, design)
    guest = asked(hv1, "192.168.150.10", "info")
    assert "192.168.150.10/24" in guest["interfaces"][0]["addresses"], "its static lease"
    eventually(lambda: "leases" in labs.status(design)["nodes/vm1"]["facts"])
    card = labs.status(design)["interfaces/vm1:eth0"]["facts"]
    assert (card["leases"], card["hostname"]) == (["192.168.150.10/24"], "vm1")
    seen = labs.status(design)["nodes/nat"]
    assert seen["state"] == "ok"
    assert seen["facts"]["device"] == "virbr1"
    assert (seen["facts"]["active"], seen["facts"]["forward"]) == (True, "nat")
    assert seen["facts"]["addresses"] == ["192.168.150.1/24"]
    assert labs.status(design)["interfaces/vm1:eth0"]["facts"]["network"].endswith("-nat")


def test_a_forwarded_port_leads_in_and_nothing_else_does(labs: Labs, hv1: Machine) -> None:
    design = built_in("port-forward")
    labs.deploy(design)
    up(hv1, "192.168.153.10")
    checked(labs, design)
    assert from_outside(hv1)["hostname"] == "web"
    assert {one["state"] for one in labs.status(design).values()} == {"ok"}

    # What libvirt does to its own rules when it starts, and who restarts the network, leave it.
    hv1.hypervisor.stop_libvirt()
    hv1.hypervisor.start_libvirt()
    assert from_outside(hv1)["hostname"] == "web"
    [network] = hv1.command("virsh", "net-list", "--name").stdout.split()
    hv1.command("virsh", "net-destroy", network)
    hv1.command("virsh", "net-start", network)
    labs.deploy(design)  # which plugs the VM in again
    checked(labs, design)

    # Somebody takes the rules out: that shows, and deploying mends it.
    [table] = ours(hv1)
    hv1.command("nft", "delete", "table", "inet", table)
    eventually(lambda: labs.status(design)["nodes/nat"]["state"] == "drift", what="drift")
    labs.deploy(design)
    checked(labs, design)


def test_without_a_forward_the_outside_does_not_reach_it(labs: Labs, hv1: Machine) -> None:
    """The check says so. Drawn at a network that runs, the port leads in; taken out, no more."""
    forwarded = built_in("port-forward")
    checks = {id: replace(one, within=5) for id, one in forwarded.checks.items()}
    nat = forwarded.nodes["nat"]
    assert isinstance(nat, Network)
    shut = replace(
        forwarded, nodes={**forwarded.nodes, "nat": replace(nat, forwards=())}, checks=checks
    )
    labs.deploy(shut)
    up(hv1, "192.168.153.10")
    boot = asked(hv1, "192.168.153.10", "info")["boot"]

    def results() -> dict[str, str]:
        run = labs.product.lab("check", shut.name, expect=None)
        return {ref.removeprefix("checks/"): one["state"] for ref, one in run["results"].items()}

    expected = dict.fromkeys(checks, "ok") | {"client-web-8080": "failed"}
    assert results() == expected
    assert ours(hv1) == []

    labs.deploy(replace(forwarded, checks=checks))
    eventually(lambda: set(results().values()) == {"ok"}, within=60, what="all as it must be")
    assert from_outside(hv1)["boot"] == boot

    labs.deploy(shut)
    assert results() == expected
    assert ours(hv1) == []


def test_a_port_leads_in_where_no_address_is_drawn(labs: Labs, hv1: Machine) -> None:
    """Neither the network's nor the VM's: the one is from the pool, the other within it."""
    drawn = built_in("port-forward")
    bare = {"web:eth0": replace(drawn.interfaces["web:eth0"], addresses=())}
    nat, client = drawn.nodes["nat"], drawn.nodes["client"]
    assert isinstance(nat, Network)
    assert isinstance(client, Container)
    design = replace(
        drawn,
        nodes={
            **drawn.nodes,
            "nat": replace(nat, addresses=()),
            "client": replace(client, routes=()),
        },
        interfaces={**drawn.interfaces, **bare},
        checks={"client-web-8080": drawn.checks["client-web-8080"]},
    )
    labs.deploy(design)
    checked(labs, design)
    assert from_outside(hv1)["hostname"] == "web"
    [given] = labs.status(design)["interfaces/web:eth0"]["facts"]["leases"]
    assert given.startswith("10.176.0.")
    labs.deploy(design)
    checked(labs, design)
    assert labs.status(design)["interfaces/web:eth0"]["facts"]["leases"] == [given]


def from_outside(machine: Machine) -> Any:
    """What the guest says of itself to the client, by the host's port 8080."""
    client = machine.namespace("client")
    code = (
        "import urllib.request as u;"
        "print(u.urlopen('http://203.0.113.1:8080/cgi-bin/info', timeout=20).read().decode())"
    )
    said = machine.command("ip", "netns", "exec", client, "python3", "-c", code).stdout
    return json.loads(said)


def ours(machine: Machine) -> list[str]:
    """The tables of labs in the hypervisor's own namespace."""
    return [name for name in machine.inventory()["tables"] if name.startswith("trunkline-")]


def test_an_isolated_network_leads_nowhere(labs: Labs, hv1: Machine) -> None:
    design = built_in("isolated")
    labs.deploy(design)
    for address in ("192.168.151.11", "192.168.151.12"):
        up(hv1, address)
    checked(labs, design)


def test_a_vm_moves_from_nat_to_a_bridge_and_back_while_it_runs(labs: Labs, hv1: Machine) -> None:
    behind = built_in("moving-vm")
    labs.deploy(behind)
    up(hv1, "192.168.152.10")
    checked(labs, behind)
    boot = asked(hv1, "192.168.152.10", "info")["boot"]

    beside = moved(behind, "vm1:eth0", "br0:p3")
    labs.deploy(beside)
    eventually(partial(hv1.ping, "203.0.113.50", node="server", count=1), within=60)
    there = asked(hv1, "203.0.113.50", "info")
    assert there["boot"] == boot
    assert "203.0.113.50/24" in there["interfaces"][0]["addresses"]
    assert labs.status(beside)["interfaces/vm1:eth0"]["facts"]["bridge"] == "br0"

    labs.deploy(behind)
    up(hv1, "192.168.152.10")
    assert asked(hv1, "192.168.152.10", "info")["boot"] == boot
    assert not hv1.ping("192.168.152.10", node="server", count=1)

    # Somebody destroys the network under it: that shows, and deploying mends it.
    [name] = [one for one in hv1.command("virsh", "net-list", "--name").stdout.split()
              if one.endswith("-nat")]  # fmt: skip
    hv1.command("virsh", "net-destroy", name)

    def state() -> str:
        return str(labs.status(behind)["nodes/nat"]["state"])

    eventually(lambda: state() == "drift", what="drift on the canvas")
    labs.deploy(behind)
    up(hv1, "192.168.152.10")
    assert asked(hv1, "192.168.152.10", "info")["boot"] == boot
    eventually(lambda: state() == "ok", what="the network is well")


def test_the_hypervisors_own_network_is_used_and_left_as_it_was(
    labs: Labs, hv1: Machine, product: Product
) -> None:
    """Without it, or with it off, nothing is begun; a network without a subnet gets a free one."""
    design = designer.files.load(OWN)
    refused = labs.deploy(design, expect=3)
    assert [one["code"] for one in refused["findings"]] == ["network-missing"]
    xml = Path(hv1.hypervisor.state_dir) / "default.xml"
    xml.write_text(DEFAULT)
    hv1.command("virsh", "net-define", str(xml))
    try:
        hv1.command("virsh", "net-start", "default")
        before = hv1.command("virsh", "net-dumpxml", "default").stdout
        eventually(lambda: "findings" not in labs.deploy(design, expect=None), what="it is known")
        labs.deploy(design)
        eventually(lambda: hv1.ping("192.168.124.1", node="m1"), what="m1 on the network")
        chosen = labs.status(design)["nodes/pool"]["facts"]["addresses"]
        assert chosen == ["10.176.0.1/24"]
        assert labs.status(design)["nodes/base"]["facts"]["device"] == "virbr0"
        product.lab("destroy", design.name, "--wait")
        del labs.names[design.name]
        assert hv1.command("virsh", "net-dumpxml", "default").stdout == before
    finally:
        hv1.command("virsh", "net-destroy", "default", check=False)
        hv1.command("virsh", "net-undefine", "default")
        xml.unlink()


DEFAULT = """\
<network><name>default</name><forward mode='nat'/><bridge name='virbr0'/>
<ip address='192.168.124.1' netmask='255.255.255.0'/></network>
"""
OWN = """\
trunkline: 1
name: On the hypervisor's own network
nodes:
  base: {kind: network, host: h1, existing: default}
  m1: {kind: container, host: h1, gateway: 192.168.124.1}
  m2: {kind: container, host: h1}
  h1: {kind: host}
  pool: {kind: network, host: h1}
interfaces:
  base:p1: {node: base}
  m1:eth0: {node: m1, addresses: [192.168.124.9/24]}
  m2:eth0: {node: m2}
  pool:p1: {node: pool}
links:
  m1-base: {a: m1:eth0, b: base:p1}
  m2-pool: {a: m2:eth0, b: pool:p1}
"""
