"""Properties of rules and compiler on any design that can be read, however senseless."""

from __future__ import annotations

import contextlib
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from designer import rules
from designer.compiler import NotCompilable, compile_design
from designer.machine.state import Inventory
from designer.topology import document
from designer.topology.design import TABLES, Design
from designer.topology.kinds import Host
from designer.topology.leasing import addressed, unaddressed
from tests.topology.designs import inventories, inventory
from tests.topology.strategies import SOME, documents
from tests.topology.vlan_designs import vlan_documents

KNOWN: dict[str, Inventory] = {
    **inventories(),
    "bare": Inventory(name="bare"),
    "old": inventory(
        "old",
        3,
        features={},
        nics=(),
        images=(),
        dropping=("bridge a b", "inet a b", "ip filter FORWARD"),
        bridges_call=True,
    ),
}
HYPERVISORS = st.sampled_from(["hv1", "hv2", "bare", "old", "unknown"])


def placement(draw: Any, design: Design) -> dict[str, str]:
    hosts = sorted(host.id for host in design.of_kind(Host))
    if draw(st.booleans()):
        return {host: draw(st.sampled_from(["hv1", "hv2"])) for host in hosts}
    return {host: draw(HYPERVISORS) for host in hosts if draw(st.booleans())}


def refs(design: Design) -> set[str]:
    return {f"{table}/{id}" for table in TABLES for id in design.table(table)}


@SOME
@given(documents() | vlan_documents(), st.data())
def test_findings_say_where_what_and_how_to_mend(
    given_document: dict[str, Any], data: st.DataObject
) -> None:
    design = document.read(given_document)
    found = rules.check(design)
    found += rules.check_against(design, placement(data.draw, design), KNOWN)
    for finding in found:
        assert finding.ref in refs(design)
        record = design.table(finding.ref.partition("/")[0])[finding.ref.partition("/")[2]]
        assert finding.field in {"", "kind", *record.values(defaults=True)}
        for sentence in (finding.message, finding.fix):
            assert sentence.endswith(".")
            assert sentence[0].isupper() or sentence[0].isdigit() or " " in sentence
            assert "None" not in sentence


@SOME
@given(documents() | vlan_documents(), st.randoms())
def test_findings_do_not_depend_on_the_order_of_the_document(
    given_document: dict[str, Any], order: random.Random
) -> None:
    shuffled = dict(given_document)
    for table in TABLES:
        items = list(given_document[table].items())
        order.shuffle(items)
        shuffled[table] = dict(items)
    one, other = document.read(given_document), document.read(shuffled)
    assert rules.check(one) == rules.check(other)
    everywhere = {host.id: "hv1" for host in one.of_kind(Host)}
    assert rules.check_against(one, everywhere, KNOWN) == rules.check_against(
        other, everywhere, KNOWN
    )


@SOME
@given(documents(8) | vlan_documents(), st.data())
def test_the_compiler_builds_or_says_why_not(
    given_document: dict[str, Any], data: st.DataObject
) -> None:
    """Whatever it is given; and what has no errors, it builds."""
    design = document.read(given_document)
    placed = placement(data.draw, design)
    vnis = {id: 100 + at for at, id in enumerate(sorted(design.nodes))}
    errors = [
        finding
        for finding in rules.check(design) + rules.check_against(design, placed, KNOWN)
        if finding.severity == "error"
    ]
    with contextlib.suppress(NotCompilable) if errors else contextlib.nullcontext():
        given = {one.id: (f"10.176.{at}.1/24",) for at, one in enumerate(unaddressed(design))}
        compiled = compile_design(
            addressed(design, given), lab="lab12345", placement=placed, inventories=KNOWN, vnis=vnis
        )
        assert set(compiled.states) <= set(KNOWN)
        for hypervisor, state in compiled.states.items():
            assert set(compiled.origins[hypervisor].values()) <= refs(design)
            assert set(compiled.origins[hypervisor]) == set(state.resources)
