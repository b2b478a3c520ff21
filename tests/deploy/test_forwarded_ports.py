"""A hypervisor has each port once: two labs cannot both forward it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface
from typing import Any

import pytest

from designer.deploy import describe
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import Conflict, NotDeployable
from designer.deploy.models import Deployment, Part
from designer.deploy.shell import printing
from designer.labs.models import Lab, Team, User
from designer.wire import inventory_to_json
from tests.deploy.world import FakeAgent, inventory, make_lab

FORWARD = """
trunkline: 1
name: A port forward
nodes:
  h1: {kind: host}
  net:
    kind: network
    host: h1
    addresses: [10.1.0.1/24]
    forwards: [{protocol: tcp, port: 8080, to: "c1:eth0", to_port: 80}]
  c1: {kind: container, host: h1, gateway: 10.1.0.1}
interfaces:
  net:p1: {node: net}
  c1:eth0: {node: c1, addresses: [10.1.0.2/24]}
links:
  l1: {a: "c1:eth0", b: "net:p1"}
"""
POOL = """
trunkline: 1
name: Port forwards into a subnet of the pool
nodes:
  h1: {kind: host}
  net:
    kind: network
    host: h1
    forwards:
      - {protocol: tcp, port: 8080, to: "web:eth0", to_port: 80}
      - {protocol: tcp, port: 8081, to: "api:eth0", to_port: 80}
  web: {kind: vm, host: h1, kernel: tiny.vmlinuz}
  api: {kind: vm, host: h1, kernel: tiny.vmlinuz, cloud_init: true, ssh_keys: []}
interfaces:
  net:p1: {node: net}
  net:p2: {node: net}
  web:eth0: {node: web}
  api:eth0: {node: api}
links:
  l1: {a: "web:eth0", b: "net:p1"}
  l2: {a: "api:eth0", b: "net:p2"}
"""
ELSEWHERE = FORWARD.replace("10.1.0", "10.2.0")


def test_a_port_that_another_lab_forwards_is_a_conflict(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    start_deployment(make_lab(team, FORWARD, "First"), alice, kind="deploy")
    with pytest.raises(Conflict) as error:
        start_deployment(make_lab(team, ELSEWHERE, "Second"), alice, kind="deploy")
    assert error.value.message == (
        "nodes/net: The TCP port 8080 of hv1, which is forwarded, belongs to the lab 'First'. "
        "Forward another port, or place the host on another hypervisor."
    )
    udp = ELSEWHERE.replace("protocol: tcp", "protocol: udp")
    start_deployment(make_lab(team, udp, "Third"), alice, kind="deploy")


def test_a_port_that_the_hypervisor_listens_on_is_refused(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    told = replace(inventory(hv1.hypervisor.name, 1), listening=("tcp/22", "tcp/8080"))
    hv1.hypervisor.inventory = inventory_to_json(told)
    hv1.hypervisor.save(update_fields=["inventory"])
    with pytest.raises(NotDeployable) as error:
        start_deployment(make_lab(team, FORWARD, "First"), alice, kind="deploy")
    assert [one["code"] for one in error.value.findings] == ["forward-taken"]


def led(lab: Lab) -> dict[int, str]:
    """The address that each port leads to as the agent is told; its network's DHCP keeps it."""
    resources = Part.objects.filter(deployment__lab=lab).latest("generation").resources
    (network,) = (one for one in resources if one["kind"] == "network")
    (table,) = (one for one in resources if one["kind"] == "table")
    found = {one["port"]: one["to"] for one in table["forwards"]}
    kept = [ip_address(one["ip"]) for one in network["leases"]]
    assert sorted(map(ip_address, found.values())) == sorted(kept)
    subnet = ip_interface(network["addresses"][0])
    assert all(one in subnet.network and one != subnet.ip for one in kept)
    return found


def test_in_a_subnet_of_the_pool_each_target_has_an_address_that_it_keeps(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    lab = make_lab(team, POOL, "First")
    start_deployment(lab, alice, kind="plan")
    first = led(lab)
    assert len(set(first.values())) == 2
    start_deployment(lab, alice, kind="plan")
    assert led(lab) == first
    web_alone = POOL.replace("port: 8080", "port: 80").replace("- {protocol: tcp, port: 8081", "#")
    other = make_lab(team, web_alone, "Second")
    start_deployment(other, alice, kind="plan")
    assert led(other) == {80: first[8080].replace("10.176.0.", "10.176.1.")}


def test_a_subnet_of_the_pool_may_be_too_small_for_every_target(
    team: Team, alice: User, hv1: FakeAgent, settings: Any
) -> None:
    settings.NETWORK_POOL = {**settings.NETWORK_POOL, 4: "10.176.0.0/30"}
    with pytest.raises(NotDeployable) as error:
        start_deployment(make_lab(team, POOL, "First"), alice, kind="deploy")
    (found,) = error.value.findings
    assert (found["code"], found["ref"]) == ("forward-address", "nodes/net")
    assert found["fix"] == "10.176.0.0/30 is full: draw an address of the host in a larger subnet."


def test_a_deployment_says_what_the_hypervisors_packet_filter_drops(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    told = replace(inventory(hv1.hypervisor.name, 1), dropping=("ip filter FORWARD",))
    hv1.hypervisor.inventory = inventory_to_json(told)
    hv1.hypervisor.save(update_fields=["inventory"])
    deployment = start_deployment(make_lab(team, FORWARD, "First"), alice, kind="plan")
    kept = Deployment.objects.get(pk=deployment.pk)
    assert [(one["code"], one["ref"]) for one in kept.warnings] == [("dropped", "nodes/net")]
    assert describe.deployment(kept)["warnings"] == kept.warnings
    [line, *_] = printing.plan(kept)
    assert line.startswith("First: nodes/net.forward: warning: The packet filter of hv1 drops")
