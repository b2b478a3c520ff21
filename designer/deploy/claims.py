"""Names and numbers that one lab has for itself: claimed when a deployment starts, given back
when nothing of the lab needs them any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from designer.deploy.access import may_know
from designer.deploy.errors import Conflict
from designer.deploy.models import Claim, Footprint
from designer.labs.models import Lab, User
from designer.machine.resources import LINK_KINDS
from designer.machine.state import MachineState
from designer.topology.design import Design
from designer.topology.kinds import Segment

POOL = range(1_000_000, 2_000_000)
"""VNIs that are given to segments without one of their own."""


Key = tuple[str, str, UUID | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to be claimed; ``hypervisor`` is None for what counts everywhere."""

    kind: str
    value: str
    hypervisor: UUID | None
    ref: str
    drawn: bool = True
    """False: chosen by us from a pool, so that another will do as well."""

    @property
    def key(self) -> Key:
        return self.kind, self.value, self.hypervisor


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


def wanted_by(
    design: Design,
    vnis: Mapping[str, int],
    states: Mapping[UUID, MachineState],
    origins: Mapping[UUID, Mapping[tuple[str, ...], str]],
) -> list[Wanted]:
    """Everything that these machine states need to have for themselves: the VNIs, and the names
    of links in the hypervisors' own namespace. Other names carry the lab's tag."""
    drawn = {one.id for one in design.of_kind(Segment) if one.vni}
    wanted = [
        Wanted(Claim.Kind.VNI, str(vni), None, f"nodes/{segment}", segment in drawn)
        for segment, vni in vnis.items()
    ]
    for hypervisor, state in states.items():
        for resource in state:
            if resource.kind in LINK_KINDS and getattr(resource, "netns", None) == "":
                name, ref = resource.key[2], origins[hypervisor].get(resource.key, "")
                wanted.append(Wanted(Claim.Kind.LINK, name, hypervisor, ref))
    return wanted


def claim(lab: Lab, wanted: Iterable[Wanted], generation: int, by: User | None) -> None:
    """Take all of it for the lab, or raise :class:`Conflict`. Under the lab's lock; two labs that
    want one thing at once meet at the database's constraint: one gets it."""
    by_key = {one.key: one for one in wanted}
    hypervisors = {one.hypervisor for one in by_key.values() if one.hypervisor}
    near = Claim.objects.filter(Q(hypervisor=None) | Q(hypervisor__in=hypervisors))
    kept: list[int] = []
    had: set[Key] = set()
    rows = near.values_list("pk", "lab_id", "kind", "value", "hypervisor_id")
    for pk, lab_id, kind, value, hypervisor in rows:
        key = (kind, value, hypervisor)
        if key not in by_key:
            continue
        if lab_id != lab.pk:
            if not by_key[key].drawn:
                raise Raced
            row = Claim.objects.select_related("lab", "hypervisor").get(pk=pk)
            raise conflict(row, by_key[key], by)
        had.add(key)
        kept.append(pk)
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
            for key, one in by_key.items()
            if key not in had
        ],
        batch_size=500,
    )


def conflict(row: Claim, wanted: Wanted, by: User | None) -> Conflict:
    """Says who has it, where the user may know."""
    holder = f"the lab {row.lab.name!r}" if may_know(by, row.lab) else "another lab"
    if row.kind == Claim.Kind.VNI:
        thing, way_out = f"The VNI {row.value}", "Choose another VNI, or leave it empty."
    else:
        where = row.hypervisor.name if row.hypervisor else ""
        thing, way_out = f"The interface name {row.value!r} on {where}", "Choose another name."
    return Conflict("claimed", f"{wanted.ref}: {thing} belongs to {holder}. {way_out}")


def release_unwanted(lab: Lab, generation: int) -> None:
    """After a deployment has come true: give back what only earlier ones wanted."""
    Claim.objects.filter(lab=lab, generation__lt=generation).delete()


def release_since(lab: Lab, generation: int) -> None:
    """After a deployment has come to nothing: give back what it alone had taken. Where nothing of
    the lab stands anywhere, everything."""
    claims = Claim.objects.filter(lab=lab)
    if Footprint.objects.filter(lab=lab).exists():
        claims = claims.filter(since=generation)
    claims.delete()


def _values(kind: str) -> Iterable[str]:
    return Claim.objects.filter(kind=kind).values_list("value", flat=True)
