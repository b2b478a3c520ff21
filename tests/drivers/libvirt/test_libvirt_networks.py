"""Networks made, changed and removed on a real libvirtd, seen with virsh and ip; VMs that move
between a network and a bridge while they run."""

from __future__ import annotations

import contextlib
import errno
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from designer.machine.marks import Mark
from designer.machine.resources import DhcpRange, DomainNic, Network, Resource, StaticLease
from designer.machine.state import MachineState
from designer.planner import differences, plan
from designer.planner.operations import Operation
from tasks import guest
from tasks.drivers.errors import OperationFailed
from tests.drivers.libvirt.bench import LAB, MARK, Bench, eventually, vm

pytestmark = pytest.mark.libvirt

MAC = "52:54:00:00:00:33"
NET = Network(
    name=f"{LAB}-net1",
    bridge="virbr7",
    uuid="0f6c9f0f-5f0e-5c0c-8a7e-3f1f6a0f2c11",
    forward="nat",
    addresses=("10.44.0.1/24", "fd44::1/64"),
    ranges=(DhcpRange(start="10.44.0.10", end="10.44.0.99"),),
    leases=(StaticLease(mac=MAC, ip="10.44.0.5", name="vm1"),),
    domain="lab.example",
    dns=True,
    running=True,
    autostart=True,
    owner=LAB,
)
ON_NET = DomainNic(mac=MAC, bridge=NET.bridge, network=NET.name)


@pytest.fixture
def bench(bench: Bench) -> Iterator[Bench]:
    yield bench
    for name in bench.domains():
        with contextlib.suppress(Exception):
            bench.virsh("destroy", name)
    for name in networks(bench):
        with contextlib.suppress(Exception):
            bench.virsh("net-destroy", name)
        bench.virsh("net-undefine", name)


def networks(bench: Bench) -> set[str]:
    return set(bench.virsh("net-list", "--all", "--name").split())


def deploy(bench: Bench, *wanted: Resource) -> list[str]:
    """Bring the lab to these as the agent would; the operations, as ACTION FIELDS."""
    state = MachineState.of(wanted)
    done = plan(state, observed(bench), LAB)
    assert done.refusals == ()
    bench.driver.perform_many(done.operations, MARK)
    assert differences(state, observed(bench), LAB) == ()
    return [" ".join((one.action, one.key[0], *one.fields)) for one in done.operations]


def observed(bench: Bench) -> MachineState:
    return MachineState.of([*bench.driver.observe_networks(LAB), *bench.driver.observe(LAB)])


def addresses(bench: Bench, device: str) -> list[str]:
    shown = json.loads(bench.hypervisor.in_network(["ip", "-j", "addr", "show", "dev", device]))
    found = [one for one in shown[0]["addr_info"] if one["scope"] == "global"]
    return [f"{one['local']}/{one['prefixlen']}" for one in found]


def ifindex(bench: Bench, device: str) -> int:
    shown = json.loads(bench.hypervisor.in_network(["ip", "-j", "link", "show", "dev", device]))
    return int(shown[0]["ifindex"])


def succeeds(bench: Bench, argv: list[str]) -> bool:
    return bool(bench.hypervisor.run(argv, capture_output=True).returncode == 0)


def answers(bench: Bench, address: str) -> bool:
    return succeeds(bench, ["ping", "-c1", "-W1", address])


def boot_of(bench: Bench, address: str) -> Any:
    """The guest's boot, by its own kernel."""
    said = bench.hypervisor.in_network(
        ["python3", "-c", "import urllib.request as u;"
         f"print(u.urlopen('http://{address}/cgi-bin/info', timeout=20).read().decode())"]
    )  # fmt: skip
    return json.loads(said)


def test_made_seen_as_made_and_removed_without_a_trace(bench: Bench) -> None:
    assert deploy(bench, NET) == ["create network"]
    assert addresses(bench, "virbr7") == ["10.44.0.1/24", "fd44::1/64"]
    assert "yes" in bench.virsh("net-info", NET.name).split("Autostart:")[1].split()[0]
    before = bench.virsh("net-dumpxml", NET.name)
    create = Operation(action="create", key=NET.key, after=NET, reason="test")
    bench.driver.perform(create, MARK)
    assert bench.virsh("net-dumpxml", NET.name) == before
    (facts,) = bench.driver.networks()
    assert (facts.name, facts.bridge, facts.forward) == (NET.name, "virbr7", "nat")
    assert (facts.addresses, facts.dhcp, facts.active) == (NET.addresses, True, True)
    assert (facts.owner, bench.driver.has_networks()) == (LAB, True)

    assert deploy(bench) == ["delete network"]
    assert networks(bench) == set()
    with pytest.raises(Exception, match="virbr7"):
        addresses(bench, "virbr7")
    gone = Operation(action="delete", key=NET.key, before=NET, reason="test")
    bench.driver.perform(gone, MARK)


@pytest.mark.parametrize("forward", ["routed", "open", "isolated"])
def test_each_way_to_forward_reads_back_as_written(bench: Bench, forward: str) -> None:
    wanted = replace(NET, forward=forward, mtu=1400, dns=False, domain="", leases=(), ranges=())
    deploy(bench, wanted)
    assert bench.driver.observe_networks(LAB) == [wanted]
    rules = bench.hypervisor.in_network(["iptables-save"])
    assert ("virbr7" in rules) is (forward != "open")
    assert "MASQUERADE" not in rules


def test_leases_and_ranges_change_while_it_runs(bench: Bench) -> None:
    deploy(bench, NET)
    index = ifindex(bench, "virbr7")
    lease = StaticLease(mac="52:54:00:00:00:44", ip="10.44.0.6")
    ranges = (
        DhcpRange(start="10.44.0.20", end="10.44.0.30"),
        DhcpRange(start="fd44::9", end="fd44::99"),
    )
    more = replace(NET, leases=(lease, *(NET.leases or ())), ranges=ranges)
    assert deploy(bench, more) == ["change network ranges leases"]
    assert deploy(bench, replace(NET, leases=(), ranges=())) == ["change network ranges leases"]
    assert ifindex(bench, "virbr7") == index
    bench.virsh("net-autostart", NET.name, "--disable")
    assert deploy(bench, replace(NET, leases=(), ranges=())) == ["change network autostart"]


def test_what_is_not_ours_is_shown_and_left_alone(bench: Bench) -> None:
    theirs = replace(NET, name="theirs", owner="otherlab")
    other = Operation(action="create", key=theirs.key, after=theirs, reason="test")
    bench.driver.perform(other, Mark("otherlab", "d9"))
    foreign = Path(bench.hypervisor.state_dir) / "foreign.xml"
    foreign.write_text("<network><name>default</name><bridge name='virbr0'/></network>")
    bench.virsh("net-define", str(foreign))
    assert bench.driver.observe_networks(LAB) == []
    shown = bench.driver.observe_networks(LAB, [("network", "theirs"), ("network", "default")])
    assert {one.name: one.owner for one in shown} == {"theirs": "otherlab", "default": None}
    for name in ("theirs", "default"):
        mine = replace(NET, name=name)
        for operation in (
            Operation(action="create", key=mine.key, after=mine, reason="test"),
            Operation(action="delete", key=mine.key, before=mine, reason="test"),
        ):
            with pytest.raises(OperationFailed) as failure:
                bench.driver.perform(operation, MARK)
            assert failure.value.errno == errno.EEXIST
    assert networks(bench) == {"theirs", "default"}


def test_destroyed_by_hand_it_is_told_at_once_and_brought_back(bench: Bench) -> None:
    deploy(bench, NET)
    told = threading.Event()
    watch = bench.driver.watch(told.set)
    try:
        assert told.wait(10), "told once connected"
        told.clear()
        bench.virsh("net-destroy", NET.name)
        assert told.wait(30)
        assert [one.active for one in bench.driver.networks() if one.name == NET.name] == [False]
    finally:
        watch.close()
    assert [one.fields for one in differences(MachineState.of([NET]), observed(bench), LAB)] == [
        ("running",)
    ]
    assert deploy(bench, NET) == ["change network running"]
    bench.hypervisor.stop_libvirt()
    bench.hypervisor.start_libvirt()
    assert deploy(bench, NET) == [], "a restart of libvirtd leaves it as it was"


def edit(bench: Bench, *scripts: str) -> None:
    """As people do it: `virsh net-edit`, with sed for an editor."""
    editor = " ".join(("sed", "-i", *(f"-e {one}" for one in scripts)))
    bench.hypervisor.do(["env", f"EDITOR={editor}", "virsh", "net-edit", NET.name])


@pytest.mark.parametrize(
    ("scripts", "fields"),
    [
        (["s/10.44.0.99/10.44.0.50/"], ("ranges",)),
        (["s/10.44.0.5/10.44.0.6/", "s/lab.example/other.example/"], ("leases", "domain")),
        (["s/lab0test/otherlab/"], ("owner",)),
    ],
)
def test_edited_while_it_runs_it_is_drift_and_brought_back_without_a_restart(
    bench: Bench, scripts: list[str], fields: tuple[str, ...]
) -> None:
    deploy(bench, NET)
    kept = bench.virsh("net-dumpxml", "--inactive", NET.name)
    index = ifindex(bench, "virbr7")
    if fields == ("owner",):  # the name has the lab in it, too
        scripts = [f"/mark/{scripts[0]}"]
    edit(bench, *scripts)
    assert bench.virsh("net-dumpxml", "--inactive", NET.name) != kept
    [seen] = bench.driver.observe_networks(LAB)
    assert sorted(seen.edited) == sorted(fields)
    [drift] = differences(MachineState.of([NET]), observed(bench), LAB)
    assert drift.message.startswith("Its definition for the next start was edited (")
    assert deploy(bench, NET) == ["change network edited"]
    [seen] = bench.driver.observe_networks(LAB)
    assert seen.edited == ()
    mac = re.compile("<mac address='.*'/>")
    assert mac.findall(bench.virsh("net-dumpxml", "--inactive", NET.name)) == mac.findall(kept)
    assert ifindex(bench, "virbr7") == index


def test_edited_and_redrawn_at_once(bench: Bench) -> None:
    deploy(bench, NET)
    edit(bench, "s/10.44.0.5/10.44.0.6/")
    lease = StaticLease(mac="52:54:00:00:00:44", ip="10.44.0.7")
    more = replace(NET, leases=(*(NET.leases or ()), lease))
    assert deploy(bench, more) == ["change network leases edited"]
    edit(bench, "s/10.44.0.5/10.44.0.6/")
    assert deploy(bench, replace(NET, mtu=1400)) == ["change network leases mtu edited"]
    assert deploy(bench, replace(NET, mtu=1400)) == []


def test_ipv6_leaves_by_nat_where_nobody_knows_a_way_back(bench: Bench) -> None:
    """One namespace behind the network, one outside that has a route to neither subnet."""
    bench.hypervisor.do(["sh", "-ec", _OUTSIDE])
    try:
        for forward in ("nat", "routed"):
            deploy(bench, replace(NET, forward=forward))
            bench.hypervisor.do(["ip", "link", "set", "tlt-in", "master", "virbr7"])
            for address in ("2001:db8:5::2", "192.0.2.130"):
                reach = ["ip", "netns", "exec", "tlt-inside", "ping", "-c1", "-W1", address]
                comes = partial(succeeds, bench, reach)
                if forward == "nat":
                    eventually(comes, within=15)
                else:
                    assert not comes(), "it goes out, and no answer finds back"
            bench.hypervisor.do(["ip", "link", "set", "tlt-in", "nomaster"])
    finally:
        bench.hypervisor.do(["ip", "netns", "del", "tlt-inside"])
        bench.hypervisor.do(["ip", "netns", "del", "tlt-outside"])


_OUTSIDE = """
ip netns add tlt-inside
ip netns add tlt-outside
ip link add tlt-in type veth peer name eth0 netns tlt-inside
ip link add tlt-out type veth peer name eth0 netns tlt-outside
ip link set tlt-in up
ip link set tlt-out up
ip address add 192.0.2.129/25 dev tlt-out
ip -6 address add 2001:db8:5::1/64 dev tlt-out nodad
ip -n tlt-outside link set eth0 up
ip -n tlt-outside address add 192.0.2.130/25 dev eth0
ip -n tlt-outside -6 address add 2001:db8:5::2/64 dev eth0 nodad
ip -n tlt-inside link set eth0 up
ip -n tlt-inside address add 10.44.0.50/24 dev eth0
ip -n tlt-inside -6 address add fd44::50/64 dev eth0 nodad
ip -n tlt-inside route add default via 10.44.0.1
ip -n tlt-inside -6 route add default via fd44::1
"""


def test_a_vm_moves_to_a_bridge_and_back_while_it_runs(bench: Bench) -> None:
    """A static lease first; on the bridge a lease of the DHCP server there; then back."""
    lan = replace(
        NET, name=f"{LAB}-lan", uuid="7f6c9f0f-5f0e-5c0c-8a7e-3f1f6a0f2c12", bridge="virbr8",
        forward="isolated", addresses=("10.45.0.1/24",), domain="",
        ranges=(DhcpRange(start="10.45.0.9", end="10.45.0.9"),), leases=(),
    )  # fmt: skip
    here = vm(nics=(ON_NET,), cmdline=f"{guest.CMDLINE} dhcp=eth0")
    # The bridge of the second network, as a plain one: somebody else's DHCP is on the LAN.
    there = replace(here, nics=(replace(ON_NET, bridge="virbr8", network=""),))
    deploy(bench, NET, lan, here)
    eventually(partial(answers, bench, "10.44.0.5"))
    first = boot_of(bench, "10.44.0.5")

    assert deploy(bench, NET, lan, there) == ["change domain nics.bridge"]
    eventually(partial(answers, bench, "10.45.0.9"))
    assert "bridge" in bench.virsh("domiflist", here.name)

    assert deploy(bench, NET, lan, here) == ["change domain nics.bridge"]
    eventually(partial(answers, bench, "10.44.0.5"))
    assert boot_of(bench, "10.44.0.5")["boot"] == first["boot"]
    assert NET.name in bench.virsh("dumpxml", "--inactive", here.name)
