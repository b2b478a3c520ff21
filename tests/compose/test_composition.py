"""What docker-compose.yml says, read as Docker Compose reads it."""

from __future__ import annotations

import pytest
import yaml

from tests.compose.composition import FILE, Composition, NotSet

SECRETS = {"TRUNKLINE_SECRET_KEY": "s", "POSTGRES_PASSWORD": "p", "REDIS_PASSWORD": "r"}


def test_no_service_starts_without_its_secrets() -> None:
    for missing in SECRETS:
        some = {name: value for name, value in SECRETS.items() if name != missing}
        with pytest.raises(NotSet, match=missing):
            Composition(some, {}).environment("web")


def test_the_migration_and_the_web_server_have_one_environment() -> None:
    composition = Composition(SECRETS, {})
    assert composition.environment("migrate") == composition.environment("web")
    assert composition.environment("web")["TRUNKLINE_DATABASE_URL"].startswith("postgres://")


def test_agents_get_no_password_of_the_servers_broker() -> None:
    """Each gets a user of its own at enrolment."""
    url = Composition(SECRETS, {}).environment("web")["TRUNKLINE_AGENT_REDIS_URL"]
    assert "@" not in url


def test_the_agent_is_only_there_where_it_is_asked_for() -> None:
    services = yaml.safe_load(FILE.read_text())["services"]
    assert services["agent"]["profiles"] == ["hypervisor"]
    assert not [name for name, one in services.items() if name != "agent" and "profiles" in one]
    assert not [name for name, one in services.items() if name != "agent" and "privileged" in one]
