"""libvirt's networks."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_interface

from designer.machine.resources import Address, Domain, Key, Link, Network, Resource
from designer.planner.comparing import LIVE_OF_NETWORK, must_replace
from designer.planner.differing import Difference, is_borrowed
from designer.planner.draft import Draft, Stage


def sort(draft: Draft) -> None:
    """One that goes leaves its bridge to the ports until they moved on, unless something else
    wants that bridge's name or one of its subnets."""
    claims = _claims(draft)
    for one, wanted, there in draft.differing("network"):
        if wanted is None:
            assert isinstance(there, Network)
            first = _in_the_way(there, claims)
            stage = Stage.DELETE_REPLACED if first else Stage.DELETE_NETWORKS
            draft.delete(stage, there, one.message)
            if first:
                draft.restarted.add(there.bridge)
        elif is_borrowed(wanted):
            continue  # it was refused
        elif there is None:
            draft.create(Stage.NETWORKS, wanted, one.message)
        elif must_replace(wanted, one.fields) or (
            "addresses" in one.fields and _in_the_way(there, claims)
        ):
            assert isinstance(there, Network)
            text = f"{one.message} It must be made anew for that."
            draft.delete(Stage.DELETE_REPLACED, there, text)
            draft.create(Stage.NETWORKS, wanted, one.message)
            draft.restarted.add(there.bridge)
        else:
            assert isinstance(there, Network)
            assert isinstance(wanted, Network)
            _change_network(draft, wanted, there, one)


def _change_network(draft: Draft, wanted: Network, there: Network, one: Difference) -> None:
    text = one.message
    if not LIVE_OF_NETWORK.issuperset(one.fields) and there.running:
        text += " libvirt must restart the network for that, so what is plugged in loses it"
        text += " for a moment and is plugged in again."
        draft.restarted.add(there.bridge)
    elif "running" in one.fields:
        draft.restarted.add(wanted.bridge)
    elif "leases" in one.fields and _has_been_given_another(draft, wanted, there):
        text += " A VM that runs has its new address when it asks anew, as after its cable was"
        text += " pulled and plugged in."
    draft.change(Stage.NETWORKS, there, wanted, one.fields, text)


def _has_been_given_another(draft: Draft, wanted: Network, there: Network) -> bool:
    """Whether a VM that stands there and runs gets another lease on it than it had."""
    had = {one.mac: one.ip for one in there.leases or ()}
    new = {one.mac for one in wanted.leases or () if had.get(one.mac) != one.ip}
    return any(
        nic.mac in new and nic.network == wanted.name
        for domain in draft.observed.of_type(Domain)
        if domain.running
        for nic in domain.nics
    )


def _claims(draft: Draft) -> list[tuple[Key, str, tuple[str, ...]]]:
    """(key, bridge or link, addresses) of what is to come, or to become so, on the
    hypervisor itself."""
    claims: list[tuple[Key, str, tuple[str, ...]]] = []
    if not any(key[0] == "network" for key in draft.found):
        return claims
    for key, one in draft.found.items():
        wanted = draft.desired.get(key)
        if one.kind == "foreign" or wanted is None:
            continue
        if isinstance(wanted, Link) and not key[1]:
            claims.append((key, wanted.name, ()))
        elif isinstance(wanted, Network):
            claims.append((key, wanted.bridge, wanted.addresses or ()))
        elif isinstance(wanted, Address) and not wanted.netns:
            claims.append((key, "", (wanted.address,)))
    return claims


def _in_the_way(there: Resource, claims: Iterable[tuple[Key, str, tuple[str, ...]]]) -> bool:
    """Whether something else wants the bridge's name of a network, or a subnet of its."""
    assert isinstance(there, Network)
    subnets = [ip_interface(one).network for one in there.addresses or ()]
    return any(
        name == there.bridge
        or any(ip_interface(one).network.overlaps(two) for one in addresses for two in subnets)
        for key, name, addresses in claims
        if key != there.key
    )
