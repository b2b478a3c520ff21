"""A VLAN of a hypervisor's NIC belongs to one lab, however each of them carries it."""

from __future__ import annotations

from typing import Any

import pytest

from designer.deploy.actions.place import place
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import Conflict
from designer.deploy.models import Claim, Deployment, Footprint, Part
from designer.labs.actions.replace_document import replace_document
from designer.labs.models import Lab, Team, User
from tests.deploy.test_deploying import deployed
from tests.deploy.world import FakeAgent, make_lab, now, states

HEAD = """
trunkline: 1
name: {name}
nodes:
  h1: {{kind: host}}
  lan: {{kind: segment, transport: plain}}
  n1: {{kind: nic, host: h1, name: eth1}}
  t1: {{kind: trunk, host: h1, {trunk}}}
{nodes}
interfaces:
  lan:p1: {{node: lan}}
  n1:in: {{node: n1}}
  n1:out: {{node: n1}}
  t1:up: {{node: t1}}
{interfaces}
links:
  up: {{a: n1:out, b: lan:p1}}
  down: {{a: n1:in, b: t1:up}}
{links}
"""


def in_containers(name: str, *vids: int) -> str:
    """A container for each VLAN: no name of the hypervisor's own namespace is taken."""
    return HEAD.format(
        name=name,
        trunk=f"vlans: {list(vids)}",
        nodes="\n".join(f"  c{vid}: {{kind: container, host: h1}}" for vid in vids),
        interfaces="\n".join(
            f"  t1:{vid}: {{node: t1, vlan: {vid}}}\n"
            f"  c{vid}:eth0: {{node: c{vid}, addresses: ['fd00::{vid}/64']}}"
            for vid in vids
        ),
        links="\n".join(f"  l{vid}: {{a: t1:{vid}, b: c{vid}:eth0}}" for vid in vids),
    )


def on_bridge(name: str, vid: int, *, bridge: str, port: str = "") -> str:
    """One VLAN on a bridge, by a sub-interface of that name or, native, by the NIC itself."""
    return HEAD.format(
        name=name,
        trunk=f"vlans: [{vid}]" + ("" if port else f", native: {vid}"),
        nodes=f"  br: {{kind: bridge, host: h1, name: {bridge}}}",
        interfaces=f"  t1:p: {{node: t1, vlan: {vid}, name: '{port}'}}\n  br:p: {{node: br}}",
        links="  l1: {a: t1:p, b: br:p}",
    )


def aware(name: str, vlans: str, *, bridge: str, native: int | None = None) -> str:
    """The NIC as the port of a VLAN-aware bridge."""
    return HEAD.format(
        name=name,
        trunk=f"mode: vlan-aware, vlans: {vlans}" + (f", native: {native}" if native else ""),
        nodes=f"  br: {{kind: bridge, host: h1, name: {bridge}, vlan_filtering: true}}",
        interfaces="  t1:p: {node: t1}\n  br:p: {node: br}",
        links="  l1: {a: t1:p, b: br:p}",
    )


@pytest.fixture
def hv1(hv1: FakeAgent) -> FakeAgent:
    """Its NIC has no addresses, so that it may be a bridge's port."""
    hypervisor = hv1.hypervisor
    hypervisor.refresh_from_db()
    for nic in hypervisor.inventory["nics"]:
        nic["addresses"] = []
    hypervisor.save(update_fields=["inventory"])
    return hv1


def claimed(lab: Lab) -> set[str]:
    return set(Claim.objects.filter(lab=lab, kind="vlan").values_list("value", flat=True))


def refused(lab: Lab, by: User | None) -> str:
    """The words of the conflict; nothing is left of the attempt."""
    before = [one.objects.count() for one in (Deployment, Part, Claim, Footprint)]
    with pytest.raises(Conflict) as error:
        start_deployment(lab, by, kind="deploy")
    assert error.value.code == "claimed"
    assert [one.objects.count() for one in (Deployment, Part, Claim, Footprint)] == before
    return error.value.message


def test_a_vlan_in_another_namespace_is_taken_too(
    team: Team, alice: User, bob: User, hv1: FakeAgent, sent: list[Any]
) -> None:
    first = make_lab(team, in_containers("First", 10, 20))
    deployed(first, alice, hv1)
    assert claimed(first) == {"eth1/10", "eth1/20"}
    sent.clear()
    assert refused(make_lab(team, in_containers("Second", 20, 30)), bob) == (
        "interfaces/c20:eth0: VLAN 20 on the NIC 'eth1' of hv1 belongs to the lab 'First'. "
        "Choose other VLANs or another NIC, or place the host on another hypervisor."
    )
    assert not sent
    start_deployment(make_lab(team, in_containers("Third", 30)), bob, kind="deploy")


FIRST_OF_10 = {
    "container": in_containers("First", 10),
    "bridge": on_bridge("First", 10, bridge="br-a", port="eth1.10"),
    "native": on_bridge("First", 10, bridge="br-a"),
    "aware": aware("First", "[10, 20]", bridge="br-a"),
    "aware native": aware("First", "[10, 20]", bridge="br-a", native=10),
}
SECOND_OF_10 = {
    "container": in_containers("Second", 10),
    "bridge, other name": on_bridge("Second", 10, bridge="br-b", port="ten"),
    "bridge, same name": on_bridge("Second", 10, bridge="br-a", port="eth1.10"),
}


@pytest.mark.parametrize("second", SECOND_OF_10.values(), ids=SECOND_OF_10)
@pytest.mark.parametrize("first", FIRST_OF_10.values(), ids=FIRST_OF_10)
def test_whatever_carries_it(
    team: Team, alice: User, hv1: FakeAgent, first: str, second: str
) -> None:
    start_deployment(make_lab(team, first), alice, kind="deploy")
    told = refused(make_lab(team, second), alice)
    assert "VLAN 10 on the NIC 'eth1' of hv1 belongs to the lab 'First'." in told


def test_a_vlan_aware_bridge_takes_what_is_free_only(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    start_deployment(
        make_lab(team, in_containers("First", 10, 101, 102, 103)), alice, kind="deploy"
    )
    told = refused(make_lab(team, aware("Second", "[1-4094]", bridge="br-b")), alice)
    assert told.startswith(
        "links/l1: The VLANs 10, 101-103 on the NIC 'eth1' of hv1 belong to the lab 'First'. "
    )
    start_deployment(make_lab(team, aware("Third", "[20]", bridge="br-c")), alice, kind="deploy")


def test_a_nic_is_a_port_for_one_lab(team: Team, alice: User, hv1: FakeAgent) -> None:
    start_deployment(
        make_lab(team, aware("First", "[10, 20]", bridge="br-a")), alice, kind="deploy"
    )
    assert refused(make_lab(team, aware("Second", "[20]", bridge="br-b")), alice) == (
        "links/l1: The NIC 'eth1' of hv1, as a bridge's port, belongs to the lab 'First'. "
        "Choose another NIC, or place the host on another hypervisor."
    )


def test_a_stranger_is_not_told_whose_vlan_it_is(
    team: Team, other_team: Team, alice: User, charlie: User, hv1: FakeAgent
) -> None:
    start_deployment(make_lab(team, in_containers("First", 10)), alice, kind="deploy")
    second = make_lab(other_team, in_containers("Second", 10))
    for who in (charlie, None):
        told = refused(second, who)
        assert "VLAN 10 on the NIC 'eth1' of hv1 belongs to another lab." in told
        assert "First" not in told


def test_other_nics_and_hypervisors_have_vlans_of_their_own(
    team: Team, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    first = make_lab(team, in_containers("First", 10))
    second = make_lab(team, in_containers("Second", 10))
    place(second, alice, {"h1": hv2.hypervisor.pk})
    start_deployment(first, alice, kind="deploy")
    start_deployment(second, alice, kind="deploy")
    assert claimed(first) == claimed(second) == {"eth1/10"}


def test_the_same_lab_deploys_again_in_any_form(team: Team, alice: User, hv1: FakeAgent) -> None:
    lab = make_lab(team, in_containers("First", 10, 20))
    deployed(lab, alice, hv1)
    deployed(lab, alice, hv1)
    assert claimed(lab) == {"eth1/10", "eth1/20"}
    replace_document(lab, author=alice, text=aware("First", "[20-22]", bridge="br-a"), base=0)
    deployed(lab, alice, hv1)
    assert claimed(lab) == {"eth1/20", "eth1/21", "eth1/22"}


def test_a_vlan_that_is_drawn_no_more_is_free_after_the_deployment(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    first = make_lab(team, in_containers("First", 10, 20))
    second = make_lab(team, in_containers("Second", 20))
    deployed(first, alice, hv1)
    replace_document(first, author=alice, text=in_containers("First", 10), base=0)
    assert "VLAN 20" in refused(second, alice)
    deployment = start_deployment(first, alice, kind="deploy")
    hv1.plan(deployment)
    assert "VLAN 20" in refused(second, alice)
    hv1.finish(deployment)
    assert claimed(first) == {"eth1/10"}
    deployed(second, alice, hv1)
    assert claimed(second) == {"eth1/20"}


def test_a_failed_deployment_gives_back_what_it_added(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    first = make_lab(team, in_containers("First", 10))
    deployed(first, alice, hv1)
    replace_document(first, author=alice, text=in_containers("First", 10, 20), base=0)
    deployment = start_deployment(first, alice, kind="deploy")
    assert claimed(first) == {"eth1/10", "eth1/20"}
    hv1.plan(deployment)
    hv1.finish(deployment, "undone")
    assert now(deployment).state == "failed"
    assert claimed(first) == {"eth1/10"}
    deployed(make_lab(team, in_containers("Second", 20)), alice, hv1)


def test_a_first_deployment_that_fails_gives_back_all(
    team: Team, alice: User, hv1: FakeAgent
) -> None:
    first = make_lab(team, in_containers("First", 10))
    deployment = start_deployment(first, alice, kind="deploy")
    hv1.plan(deployment)
    hv1.finish(deployment, "undone")
    assert states(deployment) == {"hv1": "undone"}
    assert not Claim.objects.exists()


def test_destroying_gives_back(team: Team, alice: User, hv1: FakeAgent) -> None:
    first = make_lab(team, in_containers("First", 10))
    second = make_lab(team, in_containers("Second", 10))
    deployed(first, alice, hv1)
    destroying = start_deployment(first, alice, kind="destroy")
    hv1.plan(destroying)
    assert "VLAN 10" in refused(second, alice)
    hv1.finish(destroying)
    assert not Claim.objects.exists()
    deployed(second, alice, hv1)


def test_every_vlan_there_is_takes_few_statements(
    team: Team, alice: User, hv1: FakeAgent, django_assert_max_num_queries: Any
) -> None:
    """4094 rows; SQLite takes a hundred in one statement, PostgreSQL five hundred."""
    lab = make_lab(team, aware("First", "[1-4094]", bridge="br-a"))
    for _ in range(2):  # the second keeps them
        with django_assert_max_num_queries(120):
            deployment = start_deployment(lab, alice, kind="deploy")
        hv1.plan(deployment)
        with django_assert_max_num_queries(120):
            hv1.finish(deployment)
        assert now(deployment).state == "done"
        assert claimed(lab) == {f"eth1/{vid}" for vid in range(1, 4095)}
    told = refused(make_lab(team, in_containers("Second", 4094)), alice)
    assert "VLAN 4094 on the NIC 'eth1'" in told
