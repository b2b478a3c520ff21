"""A team's server on PostgreSQL with two web processes, and a hypervisor that joins it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import designer.files
from tests.compose.native import Server, agent, one_hypervisor, team_server
from tests.e2e.product import Machine, eventually

pytestmark = pytest.mark.kernel

LAB = Path(designer.files.__file__).parent / "builtin" / "two-containers.yaml"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with team_server(tmp_path_factory.mktemp("compose")) as running:
        yield running


def test_a_lab_goes_up_and_down(server: Server, tmp_path: Path) -> None:
    """By the file's own commands: superuser, token, enrolment, agent, deploy, destroy."""
    server.manage(
        "createsuperuser", "--no-input", "--username", "ada", "--email", "ada@example.org",
        DJANGO_SUPERUSER_PASSWORD="a long enough passphrase",
    )  # fmt: skip
    token = json.loads(server.manage("hypervisor_add", "hv1", "--json"))["token"]
    with one_hypervisor(server) as hypervisor:
        before = Machine(hypervisor).inventory()
        with agent(server, hypervisor, token, tmp_path / "agent.log"):
            as_ada = ("--user", "ada", "--json")
            deployed = json.loads(server.manage("lab", "deploy", str(LAB), "--wait", *as_ada))
            assert deployed["state"] == "done"
            assert Machine(hypervisor).ping("10.0.0.2", node="c1"), "c1 reaches c2"
            name = designer.files.load(LAB.read_text()).name
            server.manage("lab", "destroy", name, "--wait", *as_ada)
            eventually(lambda: Machine(hypervisor).inventory() == before, what="nothing left")


def test_the_database_is_postgresql(server: Server) -> None:
    asked = "from django.db import connection as c; print(c.vendor)"
    assert server.manage("shell", "-v", "0", "-c", asked).strip() == "postgresql"
