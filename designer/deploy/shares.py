"""Who has how much: of a team's quota, and of a hypervisor's memory, vCPUs and disk.

A share is taken when a deployment starts and given back when nothing of the lab needs it, as
names and numbers are (designer.deploy.claims). Two labs that start at once meet at the rows of
their team and their hypervisors: :func:`lock` holds them while one looks and takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from designer.deploy.models import Footprint, Hypervisor, Share
from designer.labs.models import Lab, Team
from designer.labs.quotas import limits_of
from designer.rules.loads import NOTHING, Load, Room

_ByLab = dict[tuple[UUID, UUID], Load]


def lock(team_id: UUID, hypervisors: Iterable[UUID]) -> None:
    """Hold them until the transaction ends: teams first, then hypervisors in the order of their
    ids, and only then labs."""
    list(Team.objects.select_for_update().filter(pk=team_id).values_list("pk"))
    wanted = Hypervisor.objects.select_for_update(no_key=True).filter(pk__in=set(hypervisors))
    list(wanted.order_by("pk").values_list("pk"))


def room_for(lab: Lab, hypervisors: Mapping[str, Hypervisor]) -> Room:
    """What the lab may count on, with what all others have now. By the hypervisors' names."""
    others = _taken(Share.objects.exclude(lab=lab).filter(hypervisor__in=hypervisors.values()))
    here: dict[UUID, Load] = defaultdict(lambda: NOTHING)
    for (_, hypervisor), load in others.items():
        here[hypervisor] += load
    of_team = _taken(Share.objects.exclude(lab=lab).filter(lab__team=lab.team_id))
    names = dict(
        Lab.objects.filter(pk__in={one for one, _ in of_team}).values_list("pk", "name")
    )  # fmt: skip
    used = NOTHING
    for load in of_team.values():
        used += load
    return Room(
        taken={name: here[one.pk] for name, one in hypervisors.items()},
        limit=limits_of(lab.team).vms,
        used=used,
        users=tuple(sorted({names[one] for (one, _), load in of_team.items() if load.vms})),
    )


def used_by_team(team: Team) -> Load:
    """By all its labs."""
    used = NOTHING
    for load in _taken(Share.objects.filter(lab__team=team)).values():
        used += load
    return used


def claimed_on(hypervisor: Hypervisor) -> Load:
    """By all labs, whoever has them."""
    claimed = NOTHING
    for load in _taken(Share.objects.filter(hypervisor=hypervisor)).values():
        claimed += load
    return claimed


def take(lab: Lab, loads: Mapping[UUID, Load], generation: int) -> None:
    """Under :func:`lock` and the lab's."""
    Share.objects.bulk_create(
        Share(
            lab=lab,
            hypervisor_id=hypervisor,
            generation=generation,
            vms=load.vms,
            vcpus=load.vcpus,
            memory=load.memory,
            disk=load.disk,
        )
        for hypervisor, load in sorted(loads.items())
        if load.vms
    )


def release_unwanted(lab: Lab, generation: int) -> None:
    """After a deployment has come true: what only earlier ones wanted."""
    Share.objects.filter(lab=lab, generation__lt=generation).delete()


def release_since(lab: Lab, generation: int) -> None:
    """After a deployment has come to nothing: what it alone wanted; where nothing of the lab
    stands anywhere, everything."""
    shares = Share.objects.filter(lab=lab)
    if Footprint.objects.filter(lab=lab).exists():
        shares = shares.filter(generation=generation)
    shares.delete()


def _taken(shares: Iterable[Share]) -> _ByLab:
    """By lab and hypervisor, of several generations the largest."""
    taken: _ByLab = {}
    for one in shares:
        load = Load(vms=one.vms, vcpus=one.vcpus, memory=one.memory, disk=one.disk)
        key = (one.lab_id, one.hypervisor_id)
        taken[key] = load.largest(taken.get(key, NOTHING))
    return taken
