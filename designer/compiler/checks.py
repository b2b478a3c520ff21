"""Drawn checks → what each hypervisor is to try: from where, which address, what is expected."""

from __future__ import annotations

from collections.abc import Mapping

from designer.compiler import names
from designer.compiler.build import NAMESPACES
from designer.machine.checks import CheckSpec, Where
from designer.topology.asking import NONE_LEASED, Leased, asked
from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.records import NO_REACH, Check, Node


def compile_checks(
    design: Design, *, lab: str, placement: Mapping[str, str], leased: Leased = NONE_LEASED
) -> Mapping[str, tuple[CheckSpec, ...]]:
    """The checks that each hypervisor runs, by its name: those whose source is placed there, in
    natural order. A check without an address that could be asked is left out: a rule says so, or
    its target has no lease yet. ``leased`` are the addresses of those that have."""
    found: dict[str, list[CheckSpec]] = {}
    for id in sorted(design.checks, key=natural):
        check = design.checks[id]
        source = design.nodes[check.source]
        hypervisor = placement.get(design.host_of(source.id) or "")
        address = asked(design, check, leased)
        if hypervisor is not None and address:
            found.setdefault(hypervisor, []).append(_spec(check, source, lab, address))
    return {hypervisor: tuple(found[hypervisor]) for hypervisor in sorted(found)}


def _spec(check: Check, source: Node, lab: str, address: str) -> CheckSpec:
    where: Where = "host"
    name = ""
    if source.kind in NAMESPACES:
        where, name = "namespace", names.namespace(lab, source.id)
    elif source.kind == "vm":
        where, name = "domain", names.domain(lab, source.id)
    return CheckSpec(
        id=check.id,
        where=where,
        name=name,
        address=address,
        expect="no-reach" if check.expect == NO_REACH else "reach",
        port=check.port,
        within=check.within,
    )
