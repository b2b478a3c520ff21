"""Every wrong design of the rules' golden files, deployed: the file's exact message comes back,
and no row, call or event follows."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import NotDeployable
from designer.deploy.models import Hypervisor, Placement, Share
from designer.images.models import Image
from designer.labs.models import Lab, Quota, Team, User
from designer.rules import Finding
from designer.rules.loads import Load
from designer.wire import inventory_to_json
from tests.deploy.test_refusing import rows
from tests.deploy.world import make_agent, make_lab
from tests.rules.worlds import World, read_world

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


def stock(team: Team, world: World) -> None:
    """The world's library, its quota, and what other labs have."""
    for image in world.library.values():
        Image.objects.create(
            team=team,
            name=image.name,
            role=image.role,
            size=image.size,
            virtual_size=image.virtual_size,
            sha256=image.sha256,
            at=timezone.now(),
        )
    room = world.room
    if room.limit is not None:
        disk = room.limit.disk >> 30
        limits = {**asdict(room.limit), "disk": disk}
        Quota.objects.create(team=team, **limits)
    elsewhere = Hypervisor.objects.create(name="elsewhere")
    first, *others = room.users or ("",)
    for name in others:
        share(team, name, elsewhere, Load(vms=1))
    if first:
        rest = replace(room.used, vms=room.used.vms - len(others))
        share(team, first, elsewhere, rest)
    strangers = Team.objects.create(name="Strangers")
    for name, load in room.taken.items():
        share(strangers, "Theirs", Hypervisor.objects.get(name=name), load)


def share(team: Team, name: str, hypervisor: Hypervisor, load: Load) -> None:
    lab = make_lab(team, name=name)
    for generation in (1, 2):  # one becomes the other: it counts once
        Share.objects.create(lab=lab, hypervisor=hypervisor, generation=generation, **asdict(load))


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
    stock(team, world)
    told_lines = case.with_suffix(".txt").read_text("utf-8").splitlines()
    assert refused(lab, alice, sent)[-len(told_lines) :] == told_lines
