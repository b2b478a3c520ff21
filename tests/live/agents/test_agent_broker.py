"""The broker as an agent may use it: on a real Redis, with the agent's own Celery worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from designer.deploy import broker
from designer.deploy.actions.forget_hypervisor import forget_hypervisor
from designer.deploy.actions.start_deployment import start_deployment
from designer.labs.models import Team
from designer.live import agent_requests
from designer.wire import queue_of
from designer.wire.agent import Hello
from tasks.agent.app import Consumer, make_app
from tests.deploy.world import FakeAgent, inventory, make_agent, make_lab

PASSWORD = "only-the-server-knows"


@pytest.fixture
def locked(redis_url: str, settings: Any) -> Iterator[redis.Redis]:
    """The private Redis with a password, as `make up` and docker-compose.yml have it."""
    with redis.Redis.from_url(redis_url) as open_client:
        open_client.config_set("requirepass", PASSWORD)
    port = urlsplit(redis_url).port
    settings.REDIS_URL = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    settings.AGENT_REDIS_URL = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client
        for user in client.acl_users():
            if user != "default":
                client.acl_deluser(user)
        client.config_set("requirepass", "")


@pytest.fixture
def hv1(transactional_db: None, locked: redis.Redis) -> FakeAgent:
    return make_agent("hv1")


def as_agent(agent: FakeAgent) -> redis.Redis:
    return redis.Redis.from_url(agent.broker)


def test_an_agent_reaches_its_own_queue_and_nothing_else(
    hv1: FakeAgent, locked: redis.Redis
) -> None:
    queue = queue_of(hv1.hypervisor.pk)
    others = queue_of(uuid4())
    locked.lpush(others, "a call for another")
    with as_agent(hv1) as client:
        assert client.lpush(queue, "x") == 1
        assert client.hset(f"{queue}.unacked", "tag", "x") == 1
        for key in (others, f"{others}.unacked", "unacked", f"_kombu.binding.{others}", queue[:-1]):
            with pytest.raises(NoPermissionError):
                client.lpush(key, "forged")
            with pytest.raises(NoPermissionError):
                client.lrange(key, 0, -1)
        with pytest.raises(ResponseError, match="can't access"):
            client.eval("return redis.call('lrange', ARGV[1], 0, -1)", 0, others)
        for words in ("KEYS *", "FLUSHALL", "CONFIG GET *", "ACL LIST", "MONITOR", "SCRIPT FLUSH",
                      "PUBLISH lab.x y", "SUBSCRIBE lab.x", "SHUTDOWN", "CLIENT LIST"):  # fmt: skip
            with pytest.raises((NoPermissionError, ResponseError)) as error:
                client.execute_command(*words.split())
            assert "permission" in str(error.value).lower(), words


def test_without_a_credential_there_is_nothing(hv1: FakeAgent, settings: Any) -> None:
    with (
        redis.Redis.from_url(settings.AGENT_REDIS_URL) as client,
        pytest.raises(AuthenticationError),
    ):
        client.ping()


def test_the_agents_worker_gets_its_calls(hv1: FakeAgent, locked: redis.Redis) -> None:
    alice_lab = make_lab(Team.objects.create(name="Wiring"))
    got: list[tuple[str, int]] = []
    came = threading.Event()

    def work(deployment: str, generation: int) -> None:
        got.append((deployment, generation))
        came.set()

    consumer = Consumer(make_app(hv1.broker, str(hv1.hypervisor.pk), work))
    consumer.start()
    try:
        deployment = start_deployment(alice_lab, None, kind="deploy")
        assert came.wait(20)
    finally:
        consumer.stop()
    assert got == [(str(deployment.pk), deployment.generation)]
    assert locked.llen(queue_of(hv1.hypervisor.pk)) == 0


def test_a_redis_that_forgot_its_users_learns_them_at_the_next_hello(
    hv1: FakeAgent, locked: redis.Redis
) -> None:
    locked.acl_deluser(broker.user_of(hv1.hypervisor))
    with as_agent(hv1) as client, pytest.raises(AuthenticationError):
        client.ping()
    hello = Hello(protocol=1, version="0.1.0", boot="b", inventory=inventory("hv1", 1))
    agent_requests.greet(hv1.hypervisor, uuid4(), hello)
    with as_agent(hv1) as client:
        assert client.llen(queue_of(hv1.hypervisor.pk)) == 0


def test_one_that_is_forgotten_is_out(hv1: FakeAgent) -> None:
    forget_hypervisor(hv1.hypervisor, None)
    with as_agent(hv1) as client, pytest.raises(AuthenticationError):
        client.ping()
