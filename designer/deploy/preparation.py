"""From a design to what each hypervisor should have: rules, placement, compiler.

Reads the database and writes nothing, so it runs before the lab is locked; whoever uses the
result checks under the lock that the design is still at ``revision``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from designer import compiler, rules, wire
from designer.deploy import claims, placements, shares, subnets
from designer.deploy.errors import NotDeployable
from designer.deploy.inventories import inventory_of
from designer.deploy.models import Footprint, Hypervisor
from designer.deploy.origins import origins_of
from designer.images.library import library_of
from designer.labs import documents
from designer.labs.models import Lab
from designer.machine.images import LibraryImage
from designer.machine.resources import Key
from designer.machine.state import Inventory, MachineState
from designer.rules import findings
from designer.rules.loads import Load, Room, load_of
from designer.rules.site import own_of
from designer.rules.view import View
from designer.topology.design import Design
from designer.topology.kinds import Host, Vm
from designer.topology.leasing import addressed


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Ready to be claimed and sent. States and origins by hypervisor id."""

    revision: int
    design: Design
    placement: Mapping[str, Hypervisor]
    states: Mapping[UUID, MachineState]
    origins: Mapping[UUID, Mapping[Key, str]]
    vnis: Mapping[str, int]
    subnets: Mapping[str, tuple[str, ...]]
    """The host's addresses at networks where none is drawn, by the network's id."""
    loads: Mapping[UUID, Load]
    """What the VMs take, by hypervisor; empty where there are none."""
    room: Room
    """What there was when the rules were asked."""
    probes: Mapping[UUID, list[dict[str, Any]]]
    """What to try between hypervisors that share a segment; empty where none do."""
    warnings: tuple[dict[str, Any], ...]
    """What the rules say of the design where it is placed."""


def prepare(lab: Lab, draft: Design | None = None) -> Prepared:
    """Raises :class:`NotDeployable` with every finding there is. ``draft`` instead of the lab's
    own design."""
    lab = Lab.objects.select_related("head", "team").get(pk=lab.pk)
    kept = documents.of(lab) if draft is None else documents.remember(draft)
    _refuse_errors(kept.findings)
    placement = placements.completed(lab, kept.design)
    _refuse_unplaced(kept.design, placement)
    names = {host: one.name for host, one in placement.items()}
    inventories = {one.name: inventory_of(one) for one in placement.values()}
    own = {one.name: own_of(standing(lab, one)) for one in placement.values()}
    chosen = subnets.subnets_for(
        lab,
        kept.design,
        placement,
        inventories,
        {name: prefixes for name, (_, prefixes) in own.items()},
    )
    design = addressed(kept.design, chosen)
    library = library_of(lab.team)
    room = shares.room_for(lab, {one.name: one for one in placement.values()})
    against = [
        dataclasses.asdict(one)
        for one in rules.check_against(
            design,
            names,
            inventories,
            free_names={name: taken for name, (taken, _) in own.items()},
            free_subnets={name: prefixes for name, (_, prefixes) in own.items()},
            library=library,
            room=room,
        )
    ]
    _refuse_errors([*kept.findings, *against])
    vnis = claims.vnis_for(lab, kept.design)
    try:
        compiled = compiler.compile_design(
            design,
            lab=lab.tag,
            placement=names,
            inventories=inventories,
            vnis=vnis,
            library=library,
        )
    except compiler.NotCompilable as error:
        raise NotDeployable([dataclasses.asdict(one) for one in error.findings]) from None
    view = View(design)
    ids = {one.name: one.pk for one in placement.values()}
    return Prepared(
        revision=lab.revision,
        design=kept.design,
        placement=placement,
        states={ids[name]: state for name, state in compiled.states.items()},
        origins={ids[name]: origins_of(compiled, name, view) for name in compiled.states},
        vnis=vnis,
        subnets=chosen,
        loads=_loads(kept.design, placement, library, inventories),
        room=room,
        probes={ids[name]: specs for name, specs in _probes(kept.design, names, inventories)},
        warnings=tuple(against),
    )


def _loads(
    design: Design,
    placement: Mapping[str, Hypervisor],
    library: Mapping[str, LibraryImage],
    inventories: Mapping[str, Inventory],
) -> dict[UUID, Load]:
    def place(vm: Vm) -> Inventory:
        return inventories[placement[vm.host].name]

    vms: dict[UUID, list[Vm]] = {}
    for vm in design.of_kind(Vm):
        vms.setdefault(placement[vm.host].pk, []).append(vm)
    return {hypervisor: load_of(several, library, place) for hypervisor, several in vms.items()}


def _probes(
    design: Design, names: Mapping[str, str], inventories: Mapping[str, Inventory]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """By the hypervisors' names, as they go to the agents."""
    probes = compiler.compile_probes(design, placement=names, inventories=inventories)
    for name, specs in probes.items():
        if specs:
            yield name, [dataclasses.asdict(one) for one in specs]


def standing(lab: Lab, hypervisor: Hypervisor) -> MachineState:
    """What the lab has on the hypervisor since its last deployment."""
    footprint = Footprint.objects.filter(lab=lab, hypervisor=hypervisor).first()
    return wire.state_from_json(footprint.resources if footprint else [])


def _refuse_errors(found: list[dict[str, Any]]) -> None:
    if any(one["severity"] == "error" for one in found):
        raise NotDeployable(found)


def _refuse_unplaced(design: Design, placement: Mapping[str, Hypervisor]) -> None:
    found = []
    for host in design.of_kind(Host):
        ref = f"nodes/{host.id}"
        if host.id not in placement:
            message = "There is no hypervisor for this host."
            fix = "Enrol a hypervisor (manage.py hypervisor_add), or place the host on one."
            found.append(findings.error("no-hypervisor", ref, "", message, fix))
        elif not placement[host.id].inventory:
            name = placement[host.id].name
            message = f"{name} has never connected, so nothing is known of what it can do."
            fix = f"Start the agent on {name}, or place the host elsewhere."
            found.append(findings.error("never-connected", ref, "", message, fix))
    _refuse_errors([dataclasses.asdict(one) for one in found])
