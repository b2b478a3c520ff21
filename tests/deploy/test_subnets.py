"""Subnets of networks where none is drawn: from the pool, kept, and never one that is in use."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import pytest

from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import Conflict, NotDeployable
from designer.deploy.models import Claim, Part
from designer.labs.models import Lab, Team, User
from designer.wire import inventory_to_json
from tests.deploy.test_deploying import deployed
from tests.deploy.world import FakeAgent, inventory, make_lab

NETWORKS = """
trunkline: 1
name: Networks
nodes:
  h1: {kind: host}
  n1: {kind: network, host: h1, ipv6: true}
  n2: {kind: network, host: h1}
  c1: {kind: container, host: h1}
  c2: {kind: container, host: h1}
interfaces:
  n1:p1: {node: n1}
  n2:p1: {node: n2}
  c1:eth0: {node: c1}
  c2:eth0: {node: c2, addresses: [10.176.1.77/24]}
links:
  l1: {a: c1:eth0, b: n1:p1}
  l2: {a: c2:eth0, b: n2:p1}
"""


def chosen(lab: Lab) -> dict[str, list[str]]:
    """The addresses of each network as the agent is told, by the network's record."""
    part = Part.objects.filter(deployment__lab=lab).latest("generation")
    refs = {tuple(key): ref for key, ref in part.origins}
    return {
        refs["network", one["name"]].removeprefix("nodes/"): one["addresses"]
        for one in part.resources
        if one["kind"] == "network"
    }


def routed(hv: FakeAgent, *prefixes: str) -> None:
    told = replace(inventory(hv.hypervisor.name, 1), subnets=prefixes)
    hv.hypervisor.inventory = inventory_to_json(told)
    hv.hypervisor.save(update_fields=["inventory"])


def test_they_come_from_the_pool_and_stay(team: Team, alice: User, hv1: FakeAgent) -> None:
    """What the hypervisor has a route to is passed over, and what is drawn in the lab."""
    routed(hv1, "0.0.0.0/0", "10.176.0.0/24")
    lab = make_lab(team, NETWORKS, "First")
    deployed(lab, alice, hv1)
    first = {"n1": ["10.176.2.1/24", "fd4a:7c1e:9b02::1/64"], "n2": ["10.176.3.1/24"]}
    assert chosen(lab) == first
    # The network's own routes are in the inventory now, and no reason to choose anew.
    routed(hv1, "10.176.0.0/24", "10.176.2.0/24", "10.176.3.0/24", "fd4a:7c1e:9b02::/64")
    start_deployment(lab, alice, kind="plan")
    assert chosen(lab) == first
    assert Claim.objects.filter(kind="subnet", lab=lab).count() == 3


def test_two_labs_have_each_their_own(team: Team, alice: User, hv1: FakeAgent) -> None:
    one, two = make_lab(team, NETWORKS, "First"), make_lab(team, NETWORKS, "Second")
    start_deployment(one, alice, kind="deploy")
    start_deployment(two, alice, kind="deploy")
    subnets = list(chain.from_iterable((*chosen(one).values(), *chosen(two).values())))
    assert len(set(subnets)) == len(subnets) == 6


def test_a_drawn_one_that_another_lab_has_is_a_conflict(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    drawn = NETWORKS.replace("ipv6: true", "addresses: [10.9.0.1/24]")
    start_deployment(make_lab(team, drawn, "First"), alice, kind="deploy")
    second = make_lab(team, drawn, "Second")
    with pytest.raises(Conflict) as error:
        start_deployment(second, alice, kind="deploy")
    assert error.value.message == (
        "nodes/n1: The subnet 10.9.0.0/24 on hv1 belongs to the lab 'First'. "
        "Choose another subnet, or place the host on another hypervisor."
    )


BRIDGED = """
trunkline: 1
name: A bridge of the host's
nodes:
  h1: {kind: host}
  br0: {kind: bridge, host: h1, addresses: [10.9.1.1/24, "fe80::1/64"]}
"""


def test_a_subnet_belongs_to_one_lab_whatever_has_the_address(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    """A hypervisor has one routing table: a bridge's address takes a subnet as a network's does,
    and a larger one that it lies in; all have the link-local one."""
    first = make_lab(team, BRIDGED, "First")
    deployed(first, alice, hv1)
    assert list(Claim.objects.filter(kind="subnet").values_list("value", flat=True)) == [
        "10.9.1.0/24"
    ]
    wider = NETWORKS.replace("ipv6: true", "addresses: [10.9.0.1/16]")
    for text in (BRIDGED, wider):
        second = make_lab(team, text, "Second")
        with pytest.raises(Conflict, match=r"10\.9\.1\.0/24 on hv1 belongs to the lab 'First'"):
            start_deployment(second, alice, kind="plan")
    apart = make_lab(team, BRIDGED.replace("10.9.1", "10.9.2"), "Third")
    start_deployment(apart, alice, kind="plan")
    deployed(first, alice, hv1)


def test_a_pool_that_is_used_up_says_who_must_act(team: Team, alice: User, hv1: FakeAgent) -> None:
    routed(hv1, "10.0.0.0/8")
    with pytest.raises(NotDeployable) as error:
        start_deployment(make_lab(team, NETWORKS, "First"), alice, kind="deploy")
    (found,) = error.value.findings
    assert (found["code"], found["ref"]) == ("subnet", "nodes/n1")
