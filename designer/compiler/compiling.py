"""The entry: every node and link of a design to what it becomes on its hypervisor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from designer.compiler.bridges import compile_bridge
from designer.compiler.build import Build
from designer.compiler.containers import compile_container
from designer.compiler.domains import compile_domain
from designer.compiler.networks import compile_forwards, compile_network
from designer.compiler.routers import compile_router
from designer.compiler.segments import compile_segment
from designer.compiler.trunks import compile_trunk
from designer.compiler.veths import compile_veth
from designer.machine.images import LibraryImage
from designer.machine.resources import Key
from designer.machine.state import DuplicateResource, Inventory, MachineState
from designer.rules import placed
from designer.rules.checking import check_structure
from designer.rules.findings import Finding, error, in_order
from designer.rules.garbage import uncollected
from designer.rules.site import Site
from designer.rules.view import view_of
from designer.topology.cables import Cable
from designer.topology.design import Design
from designer.topology.leasing import unaddressed

_KINDS: Mapping[str, Callable[[Build, Any], None]] = {
    "bridge": compile_bridge,
    "network": compile_network,
    "container": compile_container,
    "router": compile_router,
    "vm": compile_domain,
    "segment": compile_segment,
    "trunk": compile_trunk,
}
"""Kinds that become something by themselves; hosts and NICs are there already."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What each hypervisor should have, by hypervisor.

    ``origins`` gives the record ("TABLE/ID") that each resource comes from, by its key; ``macs``
    the VM's interface of each MAC address, by which its tap is found.
    """

    states: Mapping[str, MachineState]
    origins: Mapping[str, Mapping[Key, str]]
    macs: Mapping[str, Mapping[str, str]]


class NotCompilable(ValueError):
    """The design cannot become machine states; ``findings`` says why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(map(str, self.findings)))


def compile_design(
    design: Design,
    *,
    lab: str,
    placement: Mapping[str, str],
    inventories: Mapping[str, Inventory],
    vnis: Mapping[str, int],
    library: Mapping[str, LibraryImage] | None = None,
) -> Compiled:
    """The state of each hypervisor that a host is placed on.

    ``lab`` is the lab's tag and the owner of everything; ``placement`` gives the hypervisor of
    each host, ``vnis`` the network identifier of each VXLAN segment that does not name one,
    ``library`` the images of the lab's team by name: they come before those of a hypervisor's own
    folder, and are asked for by content, so that one that was replaced is a change.
    Networks where no address is drawn have those that were claimed for them already
    (:func:`designer.topology.leasing.addressed`).
    Raises :class:`NotCompilable` for what cannot be built at all; that what is built makes sense
    is for :func:`designer.rules.check` and :func:`designer.rules.check_against` to say.
    """
    site = Site(view_of(design), placement, inventories, library=library)
    findings = list(check_structure(design))
    findings += [finding for rule in placed.STRUCTURE for finding in rule(site)]
    findings += [_no_vni(id) for id in site.underlays if not _vni(design, id, vnis)]
    findings += [_no_subnet(network.id) for network in unaddressed(design)]
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise NotCompilable(in_order(errors))
    try:
        with uncollected():
            build = Build(site, lab, vnis)
            _make(build)
    except DuplicateResource as duplicate:
        raise NotCompilable([_duplicate(build, duplicate.key)]) from None
    return Compiled(
        {hypervisor: MachineState(made) for hypervisor, made in build.resources.items()},
        build.origins,
        build.macs,
    )


def _make(build: Build) -> None:
    for node in build.nodes:
        if node.kind in _KINDS:
            _KINDS[node.kind](build, node)
    compile_forwards(build)
    cables = build.view.cables
    for link in build.links:
        if cables[link.id] is Cable.VETH:
            compile_veth(build, link)


def _duplicate(build: Build, key: Key) -> Finding:
    where, ref = next(
        (hypervisor, origins[key])
        for hypervisor, origins in build.origins.items()
        if key in origins
    )
    name = key[-1] if key[0] != "address" else "/".join(key[1:])
    message = f"Two things on {where} would be the {key[0]} {name}."
    return error("duplicate", ref, "", message, "Give one of them another name or address.")


def _vni(design: Design, segment_id: str, vnis: Mapping[str, int]) -> int | None:
    return getattr(design.nodes[segment_id], "vni", None) or vnis.get(segment_id)


def _no_vni(segment_id: str) -> Finding:
    message = f"No VNI was claimed for segment {segment_id}."
    return error("vni", f"nodes/{segment_id}", "vni", message, "Claim one, or draw one.")


def _no_subnet(network_id: str) -> Finding:
    message = f"No subnet was claimed for network {network_id}."
    return error("subnet", f"nodes/{network_id}", "addresses", message, "Claim one, or draw one.")
