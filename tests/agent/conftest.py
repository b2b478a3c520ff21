"""A controller, a model of a machine, and agents on them that end with the test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from designer.wire import PROTOCOL
from designer.wire.agent import Hello
from tasks.agent import images
from tasks.agent.hands import Hands
from tasks.agent.images import Copier
from tasks.agent.labs import Labs
from tasks.agent.machine import Machine
from tasks.agent.session import Patience, Session
from tasks.drivers.library import Library
from tests.agent.controller import Controller
from tests.agent.model import ModelMachine
from tests.agent.shelf import Shelf

QUICK = Patience(answer=20, first_retry=0.01, longest_retry=0.05, refused_retry=0.1, goodbye=0.5)

Start = Callable[..., contextlib.AbstractContextManager[Hands]]


@pytest.fixture
def controller() -> Iterator[Controller]:
    one = Controller()
    yield one
    one.stop()


@pytest.fixture
def machine() -> ModelMachine:
    return ModelMachine()


@contextlib.contextmanager
def agent_on(
    machine: Machine, state_dir: Path, controller: Controller, copier: Copier | None = None
) -> Iterator[Hands]:
    """The agent but for its queue and its locks."""
    hands = Hands(machine, Labs(state_dir), machine.inventory(), copier=copier)

    def hello(boot: str) -> Hello:
        return Hello(protocol=PROTOCOL, version="0", boot=boot, inventory=hands.inventory)

    hands.session = Session(
        controller.credential, hello, on_welcome=hands.welcomed, on_cancel=hands.cancel,
        on_assigned=hands.assigned, patience=QUICK,
    )  # fmt: skip
    watch = machine.watch(hands.changed)
    hands.session.start()
    hands.start()
    try:
        yield hands
    finally:
        hands.session.leave()
        assert hands.stop(10)
        watch.close()
        hands.session.stop()


@pytest.fixture
def start(
    machine: ModelMachine, tmp_path: Path, controller: Controller
) -> Callable[[], contextlib.AbstractContextManager[Hands]]:
    """Start an agent on the model; starting again after it ended is a restart."""
    return lambda: agent_on(machine, tmp_path, controller)


@pytest.fixture
def hands(start: Start, controller: Controller) -> Iterator[Hands]:
    """A running, connected agent that only does what it is called for."""
    controller.assigned = False
    with start() as one:
        assert one.session.connected.wait(30)
        assert one.recovered.wait(30)
        yield one


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setattr(images, "_PAUSE", 0.001)
    one = Shelf()
    yield one
    one.close()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "images")


@pytest.fixture
def copier(shelf: Shelf, library: Library) -> Copier:
    return Copier(shelf.credential, library)
