"""Every built-in lab, from its file to pings that succeed or fail as they must, and to nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import designer.files
from tests.e2e.product import Machine, Product, eventually

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("clean")]

FILES = Path(designer.files.__file__).parent / "builtin"


@pytest.fixture
def deploy(product: Product, tmp_path: Path) -> Any:
    """Deploys files by name, and destroys what it deployed, whatever happened."""
    names: dict[str, None] = {}

    def deploy(slug: str, name: str = "", expect: int = 0) -> Any:
        design = designer.files.load((FILES / f"{slug}.yaml").read_text())
        file = tmp_path / f"{slug}.yaml"
        file.write_text(designer.files.dump_yaml(replace(design, name=name or design.name)))
        names.setdefault(name or design.name)
        return product.lab("deploy", str(file), "--wait", expect=expect)

    yield deploy
    for name in names:
        product.lab("destroy", name, "--wait")


Deploy = Callable[..., Any]


def test_bridge_with_two_containers(deploy: Deploy, hv1: Machine) -> None:
    deploy("two-containers")
    assert hv1.link("br0")["linkinfo"]["info_kind"] == "bridge"
    ports = json.loads(hv1.command("bridge", "-j", "link").stdout)
    assert len([port for port in ports if port.get("master") == "br0"]) == 2
    [other] = hv1.addresses("eth0", hv1.namespace("c2"))
    assert hv1.ping(other.partition("/")[0], node="c1")


def test_everything_made_carries_the_mark(deploy: Deploy, hv1: Machine) -> None:
    deploy("two-containers")
    tag = hv1.namespace("c1").partition("-")[0]
    ours = [hv1.link("br0"), hv1.link("eth0", hv1.namespace("c1"))]
    assert all(link["ifalias"].startswith(f"trunkline:{tag}:") for link in ours)


def test_deploying_again_changes_nothing(deploy: Deploy, hv1: Machine) -> None:
    deploy("two-containers")
    before = hv1.fingerprint("c1", "c2")
    again = deploy("two-containers")
    assert [(part["operations_count"], part["writes"]) for part in again["parts"]] == [(0, 0)]
    assert hv1.fingerprint("c1", "c2") == before


def test_veth_into_a_bridge_with_its_address_moved(deploy: Deploy, hv1: Machine) -> None:
    """The same lab edited: the cable stays, the address moves, the container notices nothing."""
    deploy("veth-into-bridge-1", "moving")
    assert hv1.addresses("veth0") == ["10.0.0.1/24"]
    container = hv1.ip("netns", "list")[0]["name"].partition("-")[2]
    before = hv1.link("veth0")["ifindex"], hv1.link("eth0", hv1.namespace(container))["ifindex"]
    assert hv1.ping("10.0.0.1", node=container)
    deploy("veth-into-bridge-2", "moving")
    assert hv1.addresses("veth0") == []
    assert hv1.addresses("br0") == ["10.0.0.1/24"]
    assert hv1.link("veth0")["master"] == "br0"
    after = hv1.link("veth0")["ifindex"], hv1.link("eth0", hv1.namespace(container))["ifindex"]
    assert after == before
    assert hv1.ping("10.0.0.1", node=container)


@pytest.mark.libvirt
def test_two_vms_on_a_bridge(deploy: Deploy, hv1: Machine, product: Product) -> None:
    deploy("two-vms")
    assert len(hv1.domains()) == 2
    for guest in ("10.0.0.11", "10.0.0.12"):
        eventually(partial(hv1.ping, guest, count=1), within=60, what=f"{guest} is up")
    asked = hv1.command(
        "python3", "-c",
        "import urllib.request as u;"
        "print(u.urlopen('http://10.0.0.11/cgi-bin/ping?10.0.0.12', timeout=20).read().decode())",
    )  # fmt: skip
    answer = json.loads(asked.stdout)
    assert answer["received"] == answer["sent"] > 0, "one VM reaches the other"
    seen = product.lab("status", designer.files.load((FILES / "two-vms.yaml").read_text()).name)
    taps = {
        status["facts"]["tap"]
        for ref, status in seen["statuses"].items()
        if ref.startswith("interfaces/vm")
    }
    ports = json.loads(hv1.command("bridge", "-j", "link").stdout)
    assert taps == {port["ifname"] for port in ports if port["ifname"].startswith("vnet")}


@pytest.mark.libvirt
def test_two_vms_on_the_lan_beside_the_host(deploy: Deploy, hv1: Machine, hv2: Machine) -> None:
    """Their bridge has the host's NIC, with its addresses; the neighbour is another machine."""
    host, neighbour = hv1.addresses("eth1"), hv2.addresses("eth1")[0].partition("/")[0]
    told = deploy("vms-on-the-lan")
    results = told["checks"]["results"]
    assert {one["state"] for one in results.values()} == {"ok"}, results
    assert hv1.addresses("eth1") == []
    assert hv1.addresses("br0") == host
    assert hv1.link("br0")["address"] == hv1.link("eth1")["address"]
    assert hv1.ping(neighbour)
    for guest in ("198.18.1.101", "198.18.1.102"):
        assert hv2.ping(guest), "the neighbour reaches the VM without any route"


def test_containers_behind_nat(deploy: Deploy, hv1: Machine) -> None:
    """Inside reaches the server; the server, even with a route inwards, reaches nothing inside."""
    deploy("nat")
    [server] = hv1.addresses("eth0", hv1.namespace("server"))
    inside = next(
        address.partition("/")[0] for address in hv1.addresses("eth0", hv1.namespace("c1"))
    )
    assert hv1.ping(server.partition("/")[0], node="c1")
    assert not hv1.ping(inside, node="server", count=1)
    tables = json.loads(
        hv1.command(
            "ip", "netns", "exec", hv1.namespace("r1"), "nft", "-j", "list", "ruleset"
        ).stdout
    )
    assert any("masquerade" in json.dumps(entry) for entry in tables["nftables"])


def test_vxlan_across_two_hypervisors(deploy: Deploy, hv1: Machine, hv2: Machine) -> None:
    deploy("vxlan")
    tunnels = [
        link
        for machine in (hv1, hv2)
        for link in machine.ip("link")
        if link.get("linkinfo", {}).get("info_kind") == "vxlan"
    ]
    assert len(tunnels) == 2
    assert len({link["linkinfo"]["info_data"]["id"] for link in tunnels}) == 1
    [far] = hv2.addresses("eth0", hv2.namespace("c3"))
    address = far.partition("/")[0]
    assert eventually(lambda: hv1.ping(address, node="c1", count=1), what="the other side")
    full = ["ip", "netns", "exec", hv1.namespace("c1"), "ping", "-n", "-c", "2", "-M", "do"]
    hv1.command(*full, "-s", str(1450 - 28), address)


def test_stp_on_against_off(deploy: Deploy, hv1: Machine) -> None:
    """With STP a ring has exactly one port that blocks; without, every port forwards."""
    deploy("stp-on")

    def states() -> list[str]:
        ports = json.loads(hv1.command("bridge", "-j", "link").stdout)
        return sorted(port["state"] for port in ports)

    eventually(
        lambda: "blocking" in states() and set(states()) <= {"blocking", "forwarding"},
        within=90,
        what="a settled tree",
    )
    assert states().count("blocking") == 1
    bridges = [
        link for link in hv1.ip("link") if link.get("linkinfo", {}).get("info_kind") == "bridge"
    ]
    assert all(link["linkinfo"]["info_data"]["stp_state"] == 1 for link in bridges)


def test_stp_off(deploy: Deploy, hv1: Machine) -> None:
    deploy("stp-off")
    bridges = [
        link for link in hv1.ip("link") if link.get("linkinfo", {}).get("info_kind") == "bridge"
    ]
    assert bridges
    assert all(link["linkinfo"]["info_data"]["stp_state"] == 0 for link in bridges)
    ports = json.loads(hv1.command("bridge", "-j", "link").stdout)
    assert {port["state"] for port in ports} == {"forwarding"}
