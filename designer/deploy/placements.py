"""Where a lab's hosts go."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from designer.deploy import describe
from designer.deploy.access import hypervisors_of
from designer.deploy.inventories import inventory_of
from designer.deploy.models import Hypervisor, Placement
from designer.labs import documents, events
from designer.labs.models import Lab
from designer.rules.placement import suggest
from designer.topology.design import Design
from designer.topology.kinds import Host


def placed(lab: Lab) -> dict[str, UUID]:
    """{host id: hypervisor id} as the user chose, hosts that are gone included."""
    rows = Placement.objects.filter(lab=lab).order_by("host_id")
    return dict(rows.values_list("host_id", "hypervisor_id"))


def completed(lab: Lab, design: Design) -> dict[str, Hypervisor]:
    """The design's hosts with their hypervisors: as chosen, and for the rest as suggested.

    A host stays out where no hypervisor is to be had for it.
    """
    available = {hypervisor.pk: hypervisor for hypervisor in hypervisors_of(lab.team)}
    hosts = [host.id for host in design.of_kind(Host)]
    chosen = {
        host: available[hypervisor]
        for host, hypervisor in placed(lab).items()
        if host in design.nodes and hypervisor in available
    }
    if all(host in chosen for host in hosts):
        return {host: chosen[host] for host in hosts}
    # First machines that answer, and of those the ones that carry nothing of this lab yet.
    used = {hypervisor.pk for hypervisor in chosen.values()}
    ready = sorted(
        (one for one in available.values() if one.enrolled),
        key=lambda one: (one.silent, one.pk in used, one.name),
    )
    by_name = {one.name: one for one in ready}
    inventories = {name: inventory_of(one) for name, one in by_name.items()}
    names = {host: one.name for host, one in chosen.items()}
    away = {one.name for one in ready if one.silent}
    for host, name in suggest(design, inventories, chosen=names, away=away).items():
        chosen[host] = by_name[name]
    return {host: chosen[host] for host in hosts if host in chosen}


def keep(lab: Lab, placement: Mapping[str, Hypervisor]) -> None:
    """Write down what was suggested, so that a host does not move by itself at the next deploy.
    Under the lab's lock."""
    known = placed(lab)
    new = [
        Placement(lab=lab, host_id=host, hypervisor=hypervisor)
        for host, hypervisor in placement.items()
        if host not in known
    ]
    if new:
        Placement.objects.bulk_create(new)
        announce(lab)


def announce_choice(lab_id: UUID) -> None:
    """Tell everyone who looks at the lab what hypervisors there are now, and where its hosts go
    by that. Nothing is said of a lab that is gone."""
    with transaction.atomic():
        lab = Lab.objects.select_for_update().filter(pk=lab_id).first()
        if lab is not None:
            hypervisors = [describe.hypervisor(one) for one in hypervisors_of(lab.team)]
            events.emit(lab, {"kind": "hypervisors", "hypervisors": hypervisors})
            announce(lab)


def announce(lab: Lab) -> None:
    """Tell everyone who looks at the lab where its hosts go."""
    events.emit(lab, {"kind": "placement", "placement": shown(lab)})


def shown(lab: Lab) -> dict[str, str]:
    """{host id: hypervisor id}, as chosen and as suggested."""
    lab = Lab.objects.select_related("head", "team").get(pk=lab.pk)
    design = documents.of(lab).design
    return {host: str(one.pk) for host, one in completed(lab, design).items()}
