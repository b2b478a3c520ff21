"""Which of a lab's checks can be asked of what stands, and whom to ask.

The checks are those of the design as it is drawn now; names and addresses those of the revision
that was deployed, so that a check can be drawn and run beside a running lab.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from designer import compiler
from designer.deploy.models import Deployment, Footprint, Hypervisor, Kind, LabStatus, State
from designer.labs import documents
from designer.labs.models import Lab
from designer.labs.revisions import design_at
from designer.rules.findings import listed
from designer.topology.asking import is_leased
from designer.topology.design import Design
from designer.topology.plugging import cut_off
from designer.topology.records import REACH, Check

NO_ADDRESS = "There is no address that could be asked. Write one at the check or at its target."


@dataclass(frozen=True, slots=True)
class Checkable:
    """``specs`` as they go to the agents; ``left_out`` says of the others, by id, why not, and
    ``unleased`` of those that only wait until their target has a lease, with where they start."""

    specs: Mapping[Hypervisor, list[dict[str, Any]]]
    left_out: Mapping[str, str]
    unleased: Mapping[Hypervisor, Mapping[str, Check]] = field(default_factory=dict)


def checkable(lab: Lab, wanted: Collection[str] | None = None) -> Checkable:
    """Of these checks, or of all. Where nothing stands, or nothing is drawn, both are empty."""
    lab = Lab.objects.select_related("head", "team").get(pk=lab.pk)
    drawn = documents.of(lab)
    checks = {
        id: check
        for id, check in drawn.design.checks.items()
        if wanted is None or id in wanted
    }  # fmt: skip
    latest = (
        Deployment.objects.filter(lab=lab, kind=Kind.DEPLOY, state=State.DONE)
        .order_by("-generation")
        .first()
    )
    stands = {
        str(one.hypervisor_id): one.hypervisor
        for one in Footprint.objects.filter(lab=lab, generation__gt=0)
        .select_related("hypervisor")
        .defer("resources", "origins")
    }
    if not checks or latest is None or not stands:
        return Checkable({}, {})
    same = latest.revision == lab.revision
    design = drawn.design if same else design_at(lab, latest.revision)
    placement = {
        host: stands[hypervisor]
        for host, hypervisor in latest.placement.items()
        if hypervisor in stands
    }
    left_out = {
        id: words
        for id, check in checks.items()
        if (words := _why_not(check, design, placement) or _wrong(id, drawn.findings))
    }
    asked = {id: check for id, check in checks.items() if id not in left_out}
    leased = leases_of(lab)
    unleased: dict[Hypervisor, dict[str, Check]] = {}
    for id, check in list(asked.items()):
        if is_leased(design, check) and not leased.get(check.target):
            start = placement[design.host_of(check.source) or ""]
            unleased.setdefault(start, {})[id] = asked.pop(id)
    specs = compiler.compile_checks(
        dataclasses.replace(design, checks=asked),
        lab=lab.tag,
        placement={host: one.name for host, one in placement.items()},
        leased=leased,
    )
    sure = {one.id for ours in specs.values() for one in ours}
    left_out |= {id: NO_ADDRESS for id in asked if id not in sure}
    by_name = {one.name: one for one in placement.values()}
    return Checkable(
        {by_name[name]: [dataclasses.asdict(one) for one in ours] for name, ours in specs.items()},
        left_out,
        unleased,
    )


def leases_of(lab: Lab) -> dict[str, list[str]]:
    """The addresses that networks gave to VMs, as they were told last, by the VM's id."""
    rows = LabStatus.objects.filter(lab=lab, facts__has_key="leases", ref__startswith="nodes/")
    return {
        ref.removeprefix("nodes/"): list(facts["leases"])
        for ref, facts in rows.values_list("ref", "facts")
    }


def _why_not(check: Check, design: Design, placement: Mapping[str, Hypervisor]) -> str:
    for end in (check.source, check.target):
        if end not in design.nodes:
            return f"{end} is not deployed yet. Deploy the lab, then run the check."
    if design.host_of(check.source) not in placement:
        return f"{check.source} does not stand anywhere. Deploy the lab, then run the check."
    if check.expect == REACH and (pulled := cut_off(design, check.source, check.target)):
        which = f"cable {pulled[0]} is" if len(pulled) == 1 else f"cables {listed(pulled)} are"
        return f"The {which} unplugged, and there is no other way. Plug in, deploy, run it again."
    return ""


def _wrong(id: str, findings: Collection[Mapping[str, Any]]) -> str:
    """What the rules have against the check."""
    for one in findings:
        if one["ref"] == f"checks/{id}" and one["severity"] == "error":
            return f"{one['message']} {one['fix']}".strip()
    return ""
