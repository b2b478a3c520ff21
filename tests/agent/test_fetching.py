"""Deployments whose images are copied first: beside all others, once for all, and given up when
nobody wants them any more."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from designer.machine.resources import Domain, Image, Key, Resource
from designer.machine.state import MachineState
from tasks.agent.hands import Hands
from tasks.agent.images import Copier
from tasks.drivers.library import Library
from tests.agent.conftest import agent_on
from tests.agent.controller import Controller
from tests.agent.designs import LAB, destroy, job, lab_of, routed
from tests.agent.model import ModelMachine
from tests.agent.shelf import PATH, Shelf

CONTENT = os.urandom(300_000)
OTHER = "lab00002"

Agent = Callable[[], AbstractContextManager[Hands]]


class Stocked(ModelMachine):
    """A model whose image folder is a real one."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self.library = library

    def observe(self, lab: str, keys: Collection[Key] = ()) -> MachineState:
        found = super().observe(lab, keys).resources
        return MachineState({**found, **{one.key: one for one in self.library.observe(keys)}})


@pytest.fixture
def machine(library: Library) -> Stocked:
    return Stocked(library)


@pytest.fixture
def agent(machine: Stocked, copier: Copier, controller: Controller, tmp_path: Path) -> Agent:
    return partial(agent_on, machine, tmp_path / "state", controller, copier)


@pytest.fixture
def slow(shelf: Shelf) -> str:
    """The content of an image whose copy stands still until ``shelf.pause`` is set."""
    shelf.pause.clear()
    return shelf.add(CONTENT)


def vm(sha256: str, *, lab: str = LAB, size: int = len(CONTENT)) -> list[Resource]:
    """An image, and a VM on it."""
    return [
        Image(sha256=sha256, name="debian.qcow2", size=size),
        Domain(
            name=f"{lab}-v1", uuid="u", memory=64, vcpus=1, disk=f"debian.qcow2@{sha256}", owner=lab
        ),
    ]


def call(hands: Hands, controller: Controller, wanted: dict[str, Any]) -> dict[str, Any]:
    """As a message in the queue does."""
    assert hands.session.connected.wait(30)
    controller.assign(wanted)
    hands.do(wanted["deployment"], wanted["generation"])
    return wanted


def is_asked(shelf: Shelf, sha256: str) -> bool:
    return any(path == PATH + sha256 for path, _ in shelf.asked)


def test_a_deployment_copies_first_and_tells_how_far_it_is(
    agent: Agent, shelf: Shelf, library: Library, copier: Copier, controller: Controller,
    machine: Stocked,
) -> None:  # fmt: skip
    sha256 = shelf.add(CONTENT)
    with agent() as hands:
        answer = controller.finished(call(hands, controller, job(vm(sha256))))
        assert (answer["outcome"], answer["writes"]) == ("applied", 2)
        notes = [one["note"] for one in controller.of_kind("progress")]
        assert "copying debian.qcow2: 100 %, 293 KiB of 293 KiB" in notes
        assert [one.key[0] for one in machine.performed] == ["domain"]
        assert copier.in_use() == {sha256}
        gone = call(hands, controller, destroy())
        assert controller.finished(gone)["outcome"] == "applied"
        assert copier.in_use() == set()
        assert library.contents() == (sha256,)  # for the next time


def test_a_deployment_whose_image_cannot_be_had_touches_nothing(
    agent: Agent, library: Library, controller: Controller, machine: Stocked
) -> None:
    lost = Image(sha256="0" * 64, name="lost.qcow2", size=5)
    with agent() as hands:
        answer = controller.finished(call(hands, controller, job([lost, *routed()])))
    assert answer["outcome"] == "undone"
    assert "does not give lost.qcow2" in answer["failure"]["words"]
    assert (machine.performed, machine.resources) == ([], {})
    assert list(library.folder.glob("*")) == []


def test_other_labs_are_deployed_meanwhile(
    agent: Agent, shelf: Shelf, slow: str, controller: Controller, library: Library
) -> None:
    with agent() as hands:
        first = call(hands, controller, job(vm(slow)))
        controller.until(lambda: is_asked(shelf, slow))
        quick = call(hands, controller, job(lab_of(lab=OTHER), lab=OTHER))
        assert controller.finished(quick)["outcome"] == "applied"
        assert library.contents() == ()
        shelf.pause.set()
        assert controller.finished(first)["outcome"] == "applied"
        assert list(controller.outcomes().values()) == ["applied"] * 2


def test_what_two_labs_want_is_copied_once(
    agent: Agent, shelf: Shelf, slow: str, controller: Controller
) -> None:
    with agent() as hands:
        one = call(hands, controller, job(vm(slow)))
        two = call(hands, controller, job(vm(slow, lab=OTHER), lab=OTHER))
        shelf.pause.set()
        assert controller.finished(one)["outcome"] == "applied"
        assert controller.finished(two)["outcome"] == "applied"
    assert [path for path, _ in shelf.asked].count(PATH + slow) == 1


def test_a_message_that_comes_twice_begins_nothing_twice(
    agent: Agent, shelf: Shelf, slow: str, controller: Controller, machine: Stocked
) -> None:
    with agent() as hands:
        wanted = call(hands, controller, job(vm(slow)))
        call(hands, controller, wanted)
        shelf.pause.set()
        controller.finished(wanted)
        call(hands, controller, wanted)  # and once more, when it has ended
    assert [one.key[0] for one in machine.performed] == ["domain"]
    assert [path for path, _ in shelf.asked].count(PATH + slow) == 1


def test_a_newer_deployment_goes_first_and_the_older_one_is_given_up(
    agent: Agent, shelf: Shelf, slow: str, controller: Controller, machine: Stocked
) -> None:
    with agent() as hands:
        call(hands, controller, job(vm(slow)))
        controller.until(lambda: is_asked(shelf, slow))
        newer = call(hands, controller, job(lab_of()))
        assert controller.finished(newer)["outcome"] == "applied"
        shelf.pause.set()
        controller.until(lambda: not hands._fetching.jobs())
        after = call(hands, controller, destroy())
        assert controller.finished(after)["outcome"] == "applied"
    assert not any(one.key[0] == "domain" for one in machine.performed)
    assert list(controller.outcomes().values()) == ["applied"] * 2


def test_one_that_is_cancelled_ends_undone_at_once(
    agent: Agent, shelf: Shelf, slow: str, controller: Controller, library: Library
) -> None:
    with agent() as hands:
        wanted = call(hands, controller, job([*vm(slow), *routed()]))
        controller.until(lambda: is_asked(shelf, slow))
        name = {"deployment": wanted["deployment"], "generation": wanted["generation"]}
        controller.tell(type="cancel", **name)
        answer = controller.finished(wanted)
        assert not shelf.pause.is_set()  # not a byte more came
    assert answer["outcome"] == "undone"
    assert "Cancelled" in answer["message"]
    assert library.contents() == ()


def test_an_agent_that_is_started_again_goes_on_with_what_it_has(
    agent: Agent, shelf: Shelf, slow: str, controller: Controller, library: Library
) -> None:
    shelf.cut.append(200_000)
    with agent() as hands:
        wanted = call(hands, controller, job(vm(slow)))
        part = library.part(slow)
        controller.until(lambda: part.exists() and part.stat().st_size)
    shelf.pause.set()
    assert controller.of_kind("finished") == []
    with agent():
        assert controller.finished(wanted)["outcome"] == "applied"
    assert library.contents() == (slow,)
    [*_, (_, asked)] = shelf.asked
    assert asked.startswith("bytes=")
