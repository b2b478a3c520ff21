"""Every wrong design of the rules' golden files, deployed: the file's exact message comes back,
and no row, call or event follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import NotDeployable
from designer.deploy.models import Hypervisor, Placement
from designer.labs.models import Lab, Team, User
from designer.rules import Finding
from designer.wire import inventory_to_json
from tests.deploy.test_refusing import rows
from tests.deploy.world import make_agent, make_lab
from tests.rules.worlds import read_world

GOLDEN = Path(__file__).parents[1] / "rules"


def wrong(folder: str) -> list[Path]:
    """The designs with an error among their findings."""
    files = sorted((GOLDEN / folder).glob("*.txt"))
    return [one.with_suffix(".yaml") for one in files if "error " in one.read_text("utf-8")]


def refused(lab: Lab, by: User, sent: list[Any]) -> list[str]:
    """The findings' lines; nothing may have followed."""
    before = rows()
    sent.clear()
    with pytest.raises(NotDeployable) as error:
        start_deployment(lab, by, kind="deploy")
    assert rows() == before
    assert not sent
    return [str(Finding(**finding)) for finding in error.value.findings]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", wrong("drawn"), ids=lambda path: path.stem)
def test_wrong_as_drawn(case: Path, team: Team, alice: User, sent: list[Any]) -> None:
    make_agent("hv1")
    lab = make_lab(team, case.read_text("utf-8"), case.stem)
    told = case.with_suffix(".txt").read_text("utf-8").splitlines()
    assert refused(lab, alice, sent) == told


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "case",
    # A deploy places by itself what is not placed yet, so "hosts" never comes to that.
    [case for case in wrong("placed") if case.stem != "hosts"],
    ids=lambda path: path.stem,
)
def test_wrong_where_it_is_placed(case: Path, team: Team, alice: User, sent: list[Any]) -> None:
    world = read_world(case)
    for number, (name, told) in enumerate(world.inventories.items(), start=1):
        hypervisor = make_agent(f"{name}x{number}").hypervisor
        Hypervisor.objects.filter(pk=hypervisor.pk).update(
            name=name, inventory=inventory_to_json(told)
        )
    lab = make_lab(team, case.read_text("utf-8"), case.stem)
    by_name = {one.name: one for one in Hypervisor.objects.all()}
    Placement.objects.bulk_create(
        Placement(lab=lab, host_id=host, hypervisor=by_name[name])
        for host, name in world.placement.items()
        if name in by_name
    )
    told_lines = case.with_suffix(".txt").read_text("utf-8").splitlines()
    assert refused(lab, alice, sent)[-len(told_lines) :] == told_lines
