"""The queue on a real Redis: messages are hints, and nothing on the broker can do harm."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import celery
import pytest
import redis as client

from designer.deploy import broker
from designer.wire import TASK_DEPLOY, queue_of
from tasks.agent.app import Consumer, make_app
from tasks.agent.errors import Stopping
from tasks.sandbox import Redis
from tests.agent.controller import until

HYPERVISOR = str(uuid4())
QUEUE = queue_of(HYPERVISOR)
DEPLOYMENT = str(uuid4())


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with Redis(tmp_path / "redis", tmp_path / "redis.log") as running:
        yield running


@pytest.fixture
def keys(redis: Redis) -> Iterator[client.Redis]:
    with client.Redis.from_url(redis.url, decode_responses=True) as connection:
        yield connection


@pytest.fixture
def restricted(redis: Redis, settings: Any) -> str:
    """Redis as this hypervisor's agent is let in by the controller."""
    settings.REDIS_URL = settings.AGENT_REDIS_URL = redis.url
    password = "only-mine"
    hypervisor = SimpleNamespace(
        pk=HYPERVISOR, name="hv1", broker_hash=sha256(password.encode()).hexdigest()
    )
    url = broker.url_for(hypervisor, password)  # type: ignore[arg-type]
    assert f"hypervisor-{HYPERVISOR}" in url
    return url


class Calls:
    """Work that only counts, and does whatever the test says."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.work: Callable[[], None] = lambda: None

    def has_done(self, generation: int) -> bool:
        return (DEPLOYMENT, generation) in self.done

    def __call__(self, deployment: str, generation: int) -> None:
        self.work()
        self.done.append((deployment, generation))


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def consumer(restricted: str, calls: Calls) -> Iterator[Consumer]:
    one = Consumer(make_app(restricted, HYPERVISOR, calls))
    one.start()
    yield one
    one.stop()
    assert not one._thread.is_alive()


@pytest.fixture
def send(redis: Redis) -> Iterator[Callable[..., None]]:
    """Send as the controller does."""
    app = celery.Celery("sender", broker=redis.url, set_as_current=False)

    def send_one(name: str = TASK_DEPLOY, **changed: Any) -> None:
        arguments = {"deployment": DEPLOYMENT, "hypervisor": HYPERVISOR, "generation": 1}
        app.send_task(name, kwargs={**arguments, **changed}, queue=QUEUE, ignore_result=True)

    yield send_one
    app.close()


def is_empty(keys: client.Redis) -> bool:
    return not (keys.llen(QUEUE) or keys.hlen(f"{QUEUE}.unacked"))


@pytest.mark.usefixtures("consumer")
def test_a_message_calls_for_its_job_and_is_gone(
    calls: Calls, send: Callable[..., None], keys: client.Redis
) -> None:
    send()
    until(lambda: calls.done == [(DEPLOYMENT, 1)])
    until(lambda: is_empty(keys))
    strangers = [key for key in keys.scan_iter() if QUEUE not in key]
    assert strangers == [], "the agent keeps to the keys of its own queue"


@pytest.mark.usefixtures("consumer")
def test_messages_are_kept_until_their_work_is_done(
    calls: Calls, send: Callable[..., None], keys: client.Redis
) -> None:
    may_end = threading.Event()

    def work() -> None:
        may_end.wait(5)

    calls.work = work
    send(generation=1)
    send(generation=2)
    until(lambda: keys.hlen(f"{QUEUE}.unacked") == 1)
    assert keys.llen(QUEUE) == 1, "prefetch 1: the second stays in the queue"
    may_end.set()
    until(lambda: [generation for _, generation in calls.done] == [1, 2])
    until(lambda: is_empty(keys))


@pytest.mark.usefixtures("consumer")
def test_what_is_no_call_for_us_is_dropped_and_the_next_is_taken(
    calls: Calls, send: Callable[..., None], keys: client.Redis
) -> None:
    send(hypervisor=str(uuid4()))
    send(name="os.system")
    send(name="celery.backend_cleanup")
    send(generation="1; rm -rf /")
    send(generation=None)
    send(surprise=1)
    forge(keys, b"not JSON", "application/json")
    forge(keys, b"cos\nsystem\n(S'true'\ntR.", "application/x-python-serialize")
    send()
    until(lambda: calls.done == [(DEPLOYMENT, 1)])
    until(lambda: is_empty(keys))


def forge(keys: client.Redis, body: bytes, content_type: str) -> None:
    """Put a message into the queue by hand."""
    tag = str(uuid4())
    message = {
        "body": base64.b64encode(body).decode(),
        "content-encoding": "binary",
        "content-type": content_type,
        "headers": {"task": TASK_DEPLOY, "id": tag, "lang": "py", "root_id": tag},
        "properties": {
            "correlation_id": tag,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": QUEUE},
            "delivery_tag": tag,
            "body_encoding": "base64",
        },
    }
    keys.lpush(QUEUE, json.dumps(message))


def test_work_that_fails_does_not_come_back(
    calls: Calls, consumer: Consumer, send: Callable[..., None], keys: client.Redis
) -> None:
    def fail() -> None:
        calls.work = lambda: None
        raise RuntimeError("surprise")

    calls.work = fail
    send(generation=1)
    send(generation=2)
    until(lambda: calls.done == [(DEPLOYMENT, 2)])
    until(lambda: is_empty(keys))


def test_stopping_gives_the_message_back_and_the_next_start_takes_it(
    restricted: str, calls: Calls, send: Callable[..., None], keys: client.Redis
) -> None:
    begun, stop = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        stop.wait(5)
        raise Stopping("the agent stops")

    calls.work = work
    first = Consumer(make_app(restricted, HYPERVISOR, calls))
    first.start()
    send()
    assert begun.wait(10)
    stop.set()
    first.stop()
    until(lambda: keys.llen(QUEUE) == 1)
    assert keys.hlen(f"{QUEUE}.unacked") == 0

    calls.work = lambda: None
    second = Consumer(make_app(restricted, HYPERVISOR, calls))
    second.start()
    until(lambda: calls.done == [(DEPLOYMENT, 1)])
    second.stop()
    assert is_empty(keys)


def test_an_idle_consumer_stops_at_once(
    restricted: str, calls: Calls, send: Callable[..., None]
) -> None:
    consumer = Consumer(make_app(restricted, HYPERVISOR, calls))
    consumer.start()
    send()
    until(lambda: calls.done)
    time.sleep(0.2)
    began = time.monotonic()
    consumer.stop()
    assert time.monotonic() - began < 1
    assert not consumer._thread.is_alive()


@pytest.mark.usefixtures("consumer")
def test_lost_connections_are_made_again(
    calls: Calls, send: Callable[..., None], keys: client.Redis
) -> None:
    for generation in range(1, 6):
        send(generation=generation)
        until(partial(calls.has_done, generation), within=20)
        keys.client_kill_filter(_type="normal", skipme=True)
    send(generation=6)
    until(partial(calls.has_done, 6), within=20)


@pytest.mark.usefixtures("consumer")
def test_an_acknowledgement_that_is_lost_holds_nothing_up(
    calls: Calls, send: Callable[..., None], keys: client.Redis
) -> None:
    """The message comes again, which is a no-op, and so does the next one."""

    def cut() -> None:
        calls.work = lambda: None
        keys.client_kill_filter(_type="normal", skipme=True)

    calls.work = cut
    send(generation=1)
    until(partial(calls.has_done, 1), within=20)
    send(generation=2)
    until(partial(calls.has_done, 2), within=20)
    until(lambda: is_empty(keys), within=20)


def test_without_a_broker_it_waits_for_one(tmp_path: Path, calls: Calls) -> None:
    redis = Redis(tmp_path / "redis", tmp_path / "redis.log")
    consumer = Consumer(make_app(redis.url, HYPERVISOR, calls))
    consumer.start()
    time.sleep(0.3)
    with redis:
        sender = celery.Celery("sender", broker=redis.url, set_as_current=False)
        arguments = {"deployment": DEPLOYMENT, "hypervisor": HYPERVISOR, "generation": 1}
        sender.send_task(TASK_DEPLOY, kwargs=arguments, queue=QUEUE, ignore_result=True)
        sender.close()
        until(lambda: calls.done == [(DEPLOYMENT, 1)], within=15)
    began = time.monotonic()
    consumer.stop()
    assert time.monotonic() - began < 4
    assert not consumer._thread.is_alive()
