"""A shell to run ``manage.py lab`` in, and an agent that works by itself while it waits."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from designer.deploy import broker, dispatch, push
from designer.deploy.models import Deployment
from designer.labs import events
from designer.labs.actions.join_team import default_team
from tests.deploy.world import FakeAgent, make_agent

Working = Callable[..., AbstractContextManager[None]]


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda part: True)
    monkeypatch.setattr(push, "_publish", lambda channel, text: None)
    monkeypatch.setattr(events, "publish", lambda lab_id, message: None)
    monkeypatch.setattr(broker, "admit", lambda hypervisor: False)


@pytest.fixture
def lab() -> Callable[..., Done]:
    """Runs ``manage.py lab ...``."""

    def run(*arguments: str) -> Done:
        out, err, code = io.StringIO(), io.StringIO(), 0
        try:
            call_command("lab", *arguments, stdout=out, stderr=err)
        except SystemExit as end:
            code = int(end.code or 0)
        return Done(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "lab.yaml"
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def agent(transactional_db: None) -> FakeAgent:
    default_team()
    return make_agent("hv1")


@contextmanager
def at_work(agent: FakeAgent, outcome: str = "applied") -> Iterator[None]:
    """Does whatever is assigned to it, in a thread."""
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.wait(0.02):
                for job in agent.assignments():
                    deployment = Deployment.objects.get(pk=UUID(job["deployment"]))
                    if agent.part(deployment).phase == "plan":
                        agent.plan(deployment)
                    else:
                        agent.finish(deployment, outcome)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def working() -> Working:
    return at_work
