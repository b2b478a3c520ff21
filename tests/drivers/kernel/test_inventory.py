from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.drivers import Machine, MachineConfig
from tasks.drivers.kernel import nft, xtables
from tests.drivers.ground import LAB, Ground
from tests.drivers.kernel.labs import bridged
from tests.drivers.kernel.test_filters import needs

pytestmark = pytest.mark.kernel


def test_features_are_what_this_kernel_does(ground: Ground) -> None:
    features = ground.kernel.inventory().features
    for feature in ("bridge", "veth", "vxlan", "netns", "nftables"):
        assert features[feature] is True, feature
    ground.run(
        "ip", *["link", "add", "link", "lo", "name", "try0", "type", "vlan", "id", "2"], check=False
    )
    assert features["8021q"] is ("try0" in ground.links())
    other = ("link", "add", "try1", "type", "bridge", "vlan_filtering", "1")
    ground.run("ip", *other, check=False)
    filtering = "try1" in ground.links() and (
        ground.link("try1")["linkinfo"]["info_data"].get("vlan_filtering") == 1
    )
    assert features["vlan_filtering"] is filtering


def test_trying_leaves_nothing(ground: Ground) -> None:
    ground.kernel.inventory()
    assert ground.links() == set()
    assert ground.namespaces() == set()


def test_what_is_known_to_work_is_not_tried_again(ground: Ground) -> None:
    known = replace(ground.kernel.inventory("hv1"), features={"bridge": False}, loadable=("x",))
    ground.sh("link add br7 type bridge")
    again = ground.kernel.inventory("hv1", known=known)
    assert (again.features, again.loadable) == ({"bridge": False}, ("x",))
    assert again.links == ("br7", "lo")


def test_cards_are_those_that_nobody_here_made(ground: Ground) -> None:
    ground.sh("""
        link add eth1 type veth peer name wire
        link add mgmt0 type veth peer name wire2
        link set eth1 mtu 1450 up
        link set wire up
        address add 192.0.2.1/24 dev eth1
        link add virbr9 type bridge
        link set mgmt0 master virbr9
        tuntap add vnet0 mode tap
    """)
    ground.deploy(*bridged(1))
    found = ground.kernel.inventory("hv1")
    assert found.name == "hv1"
    assert [nic.name for nic in found.nics] == ["eth1", "mgmt0", "wire", "wire2"]
    nic = found.nic("eth1")
    assert nic is not None
    assert (nic.mac, nic.mtu, nic.up) == (ground.link("eth1")["address"], 1450, True)
    assert nic.addresses == ("192.0.2.1/24",)
    management = found.nic("mgmt0")
    assert management is not None
    assert (management.protected, management.master) == (True, "virbr9")
    assert set(found.links) == ground.links() | {"lo"}


def test_subnets_are_those_of_others(ground: Ground) -> None:
    ground.sh("""
        link add eth1 type veth peer name wire
        link set eth1 up
        link set wire up
        address add 192.0.2.1/24 dev eth1
        route add 198.51.100.0/24 via 192.0.2.9
        route add default via 192.0.2.9
    """)
    ground.deploy(*bridged(1))
    ground.run("ip", "address", "add", "10.5.0.1/16", "dev", "br0")
    assert ground.kernel.inventory().subnets == ("192.0.2.0/24", "198.51.100.0/24")


def test_a_whole_machine_without_libvirt(ground: Ground, tmp_path: Path) -> None:
    (tmp_path / "vmlinuz").write_text("kernel")
    (tmp_path / ".hidden").write_text("")
    config = MachineConfig(
        name="hv1", state_dir=tmp_path, images_dir=tmp_path, protected_nics=("eth0",)
    )
    machine = Machine(config)
    found = machine.inventory()
    assert (found.libvirt, found.can("libvirt"), found.can("kvm")) == ("", False, False)
    assert found.images == ("vmlinuz",)
    assert found.memory > 100
    assert found.vcpus >= 1
    assert found.kernel == os.uname().release
    assert len(machine.observe(LAB)) == 0
    machine.close()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("add table ip a; add chain ip a f {{ {hook}; policy drop; }}", ("ip a f",)),
        ("add table inet a; add chain inet a f {{ {hook}; }}", ()),
        (
            "add table inet a; add chain inet a f {{ {hook}; }}; "
            "add rule inet a f ct state established accept; add rule inet a f counter reject",
            ("inet a f",),
        ),
        (
            "add table bridge a; add chain bridge a f {{ {hook}; }}; "
            "add rule bridge a f log counter drop",
            ("bridge a f",),
        ),
        (
            "add table ip6 a; add chain ip6 a f {{ {hook}; }}; add rule ip6 a f drop; "
            "add rule ip6 a f iifname eth9 drop",
            (),
        ),
        (
            "add table ip a; add chain ip a other; add rule ip a other drop; "
            "add chain ip a i {{ type filter hook input priority 0; policy drop; }}",
            (),
        ),
    ],
    ids=["policy", "accepts", "rejects-last", "bridge", "not-all", "not-forwarded"],
)
def test_a_packet_filter_that_drops_what_is_forwarded(
    ground: Ground, script: str, expected: tuple[str, ...]
) -> None:
    hook = "type filter hook forward priority 10"
    ground.run("nft", script.format(hook=hook))
    assert ground.kernel.inventory().dropping == expected


@pytest.mark.parametrize("way", ["legacy", "nft"])
def test_iptables_that_drop_what_is_forwarded(ground: Ground, way: str) -> None:
    """As Docker sets it, and as others end their list."""
    needs(xtables if way == "legacy" else nft)
    called = {
        "legacy": ("iptables-legacy FORWARD", "ip6tables-legacy FORWARD"),
        "nft": ("ip filter FORWARD", "ip6 filter FORWARD"),
    }[way]
    program, six = f"iptables-{way}", f"ip6tables-{way}"
    ground.run(program, "-A", "FORWARD", "-i", "eth0", "-j", "ACCEPT")
    assert ground.kernel.inventory().dropping == ()
    ground.run(program, "-P", "FORWARD", "DROP")
    assert ground.kernel.inventory().dropping == called[:1]
    ground.run(program, "-P", "FORWARD", "ACCEPT")
    ground.run(six, "-A", "FORWARD", "-m", "comment", "--comment", "the rest", "-j", "REJECT")
    assert ground.kernel.inventory().dropping == called[1:]
    ground.run(six, "-A", "FORWARD", "-i", "eth0", "-j", "DROP")
    assert ground.kernel.inventory().dropping == ()


def test_whether_bridges_call_the_packet_filter(ground: Ground) -> None:
    calls = [
        Path(f"/proc/sys/net/bridge/bridge-nf-call-{one}") for one in ("iptables", "ip6tables")
    ]
    if not all(one.exists() for one in calls):
        assert ground.kernel.inventory().bridges_call is False
        return
    for one in calls:
        one.write_text("0")
    assert ground.kernel.inventory().bridges_call is False
    calls[1].write_text("1")
    assert ground.kernel.inventory().bridges_call is True
