"""Names and numbers that one lab has for itself: claimed when a deployment starts, given back
when nothing of the lab needs them any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_network

from django.db.models import Q

from designer.deploy import shares
from designer.deploy.clashes import Clash, clash
from designer.deploy.models import Claim, Footprint
from designer.deploy.subnets import overlap
from designer.deploy.wanted import Key, Wanted
from designer.labs.models import Lab, User
from designer.topology.design import Design
from designer.topology.kinds import Segment

POOL = range(1_000_000, 2_000_000)
"""VNIs that are given to segments without one of their own."""


class Raced(Exception):
    """Another lab took at this moment what we had chosen from a pool: choose again."""


def vnis_for(lab: Lab, design: Design) -> dict[str, int]:
    """A VNI for each VXLAN segment: as drawn, as it had it, or a free one of the pool."""
    segments = [one for one in design.of_kind(Segment) if one.transport == "vxlan"]
    had = {
        claim.ref: int(claim.value) for claim in Claim.objects.filter(lab=lab, kind=Claim.Kind.VNI)
    }
    vnis = {one.id: one.vni or had.get(f"nodes/{one.id}", 0) for one in segments}
    if not all(vnis.values()):
        taken = {int(value) for value in _values(Claim.Kind.VNI)} | set(vnis.values())
        free = (number for number in POOL if number not in taken)
        for segment, vni in vnis.items():
            if not vni:
                vnis[segment] = next(free)
    return vnis


def claim(lab: Lab, wanted: Iterable[Wanted], generation: int, by: User | None) -> None:
    """Take all of it for the lab, or raise :class:`~designer.deploy.errors.Conflict`. Under the
    lab's lock; two labs that want one thing at once meet at the database's constraint: one gets
    it."""
    by_key = {one.key: one for one in wanted}
    hypervisors = {one.hypervisor for one in by_key.values() if one.hypervisor}
    subnets = [
        (one, ip_network(one.value)) for one in by_key.values() if one.kind == Claim.Kind.SUBNET
    ]
    near = Claim.objects.filter(Q(hypervisor=None) | Q(hypervisor__in=hypervisors))
    kept: list[int] = []
    had: set[Key] = set()
    clashes: list[Clash] = []
    rows = near.values_list("pk", "lab_id", "kind", "value", "hypervisor_id")
    for pk, lab_id, kind, value, hypervisor in rows:
        key = (kind, value, hypervisor)
        if lab_id == lab.pk:
            if key in by_key:
                had.add(key)
                kept.append(pk)
        elif kind == Claim.Kind.SUBNET:
            theirs = ip_network(value)
            clashes += [
                (replace(one, value=value), lab_id)
                for one, ours in subnets
                if one.hypervisor == hypervisor and overlap(ours, theirs)
            ]
        elif key in by_key:
            clashes.append((by_key[key], lab_id))
    if drawn := [one for one in clashes if one[0].drawn]:
        raise clash(drawn, by)
    if clashes:
        raise Raced
    for start in range(0, len(kept), 500):
        Claim.objects.filter(pk__in=kept[start : start + 500]).update(generation=generation)
    Claim.objects.bulk_create(
        [
            Claim(
                kind=one.kind,
                value=one.value,
                hypervisor_id=one.hypervisor,
                lab=lab,
                ref=one.ref,
                since=generation,
                generation=generation,
            )
            for key, one in sorted(by_key.items(), key=_in_order)
            if key not in had
        ],
        batch_size=500,
    )


def release_unwanted(lab: Lab, generation: int) -> None:
    """After a deployment has come true: give back what only earlier ones wanted."""
    Claim.objects.filter(lab=lab, generation__lt=generation).delete()
    shares.release_unwanted(lab, generation)


def release_since(lab: Lab, generation: int) -> None:
    """After a deployment has come to nothing: give back what it alone had taken. Where nothing of
    the lab stands anywhere, everything."""
    claims = Claim.objects.filter(lab=lab)
    if Footprint.objects.filter(lab=lab).exists():
        claims = claims.filter(since=generation)
    claims.delete()
    shares.release_since(lab, generation)


def _values(kind: str) -> Iterable[str]:
    return Claim.objects.filter(kind=kind).values_list("value", flat=True)


def _in_order(one: tuple[Key, Wanted]) -> tuple[str, str, str]:
    """One order for all labs: two that want the same things at once do not wait for each other."""
    kind, value, hypervisor = one[0]
    return kind, str(hypervisor or ""), value
