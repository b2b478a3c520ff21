"""The agent's socket: who is let in, what is told to whom, and each event once."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis

from designer.deploy.actions.cancel_deployment import cancel_deployment
from designer.deploy.actions.start_checks import start_checks
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.actions.start_preflight import start_preflight
from designer.deploy.models import CheckRun, Deployment, Hypervisor, LabStatus
from designer.labs.actions.edit_lab import edit_lab
from designer.wire import PROTOCOL, queue_of
from tests.deploy.world import a_plan, an_end, bodies, now, states
from tests.live.agents.conftest import Stage
from tests.live.agents.line import Line


async def played(stage: Stage, line: Line, deployment: Deployment) -> None:
    """Plan and apply over the line, as the agent does."""
    for _ in range(2):
        jobs = (await line.ask("assignments"))["jobs"]
        assert len(jobs) == 1
        named = {name: jobs[0][name] for name in ("deployment", "generation")}
        job = (await line.ask("fetch", **named))["job"]
        if job["phase"] == "plan":
            number = await line.tell({"kind": "planned", **named, **a_plan(job)})
        else:
            number = await line.tell({"kind": "finished", **named, **an_end("applied")})
        await line.acknowledged(number)
    assert (await stage.do(now, deployment)).state == "done"


def status(lab: Any, state: str, ref: str = "nodes/br0") -> dict[str, Any]:
    told = {ref: {"state": state, "detail": "", "facts": {}}}
    return {"kind": "status", "lab": lab.tag, "statuses": told, "complete": False}


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nobody.secret", f"Bearer {UUID(int=1)}.secret"]
)
async def test_strangers_get_no_socket(stage: Stage, authorization: str) -> None:
    line = Line(authorization)
    assert not await line.connect()
    await line.hang_up()


async def test_another_protocol_is_refused_with_both_versions(stage: Stage) -> None:
    line = stage.line(stage.hv1)
    assert await line.connect()
    await line.hello(protocol=PROTOCOL + 1, version="9.9")
    refused = await line.hear()
    assert refused["type"] == "refused"
    assert f"(version 9.9) speaks protocol {PROTOCOL + 1}" in refused["reason"]
    assert f"(version 0.1.0) speaks {PROTOCOL}." in refused["reason"]
    assert await line.closed() == 4003
    await line.hang_up()


@pytest.mark.parametrize("frame", ["{", "[]", '{"type":"event"}', '{"type":"assignments"}', "\x00"])
async def test_what_is_no_message_ends_the_connection(stage: Stage, frame: str) -> None:
    async with stage.line(stage.hv1) as line:
        await line.frame(frame)
        assert (await line.hear())["type"] == "refused"
        assert await line.closed() == 4003
        for _ in range(1000):  # nobody reads these any more, and nobody waits for them
            await line.frame("{}")


async def test_binary_frames_are_refused(stage: Stage) -> None:
    async with stage.line(stage.hv1) as line:
        await line.frame(b"{}")
        assert (await line.hear())["type"] == "refused"


async def test_a_deployment_over_the_wire(stage: Stage) -> None:
    async with stage.line(stage.hv1) as line:
        deployment = await stage.do(start_deployment, stage.lab, stage.alice, kind="deploy")
        await played(stage, line, deployment)


async def test_a_call_is_in_the_hypervisors_own_queue(stage: Stage, redis_url: str) -> None:
    deployment = await stage.do(start_deployment, stage.lab, stage.alice, kind="deploy")
    with redis.Redis.from_url(redis_url) as client:
        queue = queue_of(stage.hv1.hypervisor.pk)
        (call,) = client.lrange(queue, 0, -1)
        assert client.llen(queue_of(stage.hv2.hypervisor.pk)) == 0
    assert json.loads(call)["headers"]["task"] == "trunkline.deploy"
    part = await stage.do(stage.hv1.part, deployment)
    assert part.sent is not None


async def test_jobs_of_others_are_gone(stage: Stage) -> None:
    deployment = await stage.do(start_deployment, stage.wide, stage.alice, kind="deploy")
    named = {"deployment": str(deployment.pk), "generation": deployment.generation}
    lab = await stage.do(start_deployment, stage.lab, stage.alice, kind="plan")
    alone = {"deployment": str(lab.pk), "generation": lab.generation}
    async with stage.line(stage.hv2) as line:
        assert (await line.ask("fetch", **named))["type"] == "desired"
        assert (await line.ask("fetch", **alone))["type"] == "gone"  # of hv1 only
        assert (await line.ask("fetch", deployment=str(uuid4()), generation=1))["type"] == "gone"
        assert (await line.ask("fetch", deployment="forged", generation=1))["type"] == "gone"
        later = {**named, "generation": 99}
        assert (await line.ask("fetch", **later))["type"] == "gone"
    assert (await stage.do(states, deployment))["hv1"] == "waiting"


async def test_what_was_not_acknowledged_comes_again_and_counts_once(stage: Stage) -> None:
    boot = uuid4().hex
    async with stage.line(stage.hv1, boot=boot) as line:
        deployment = await stage.do(start_deployment, stage.lab, stage.alice, kind="deploy")
        await played(stage, line, deployment)
        number = await line.tell(status(stage.lab, "ok"), status(stage.lab, "drift"))
        await line.acknowledged(number)
    before = await stage.do(bodies, stage.lab, "status")
    async with stage.line(stage.hv1, boot=boot, start=number) as line:
        assert (await line.hear()) == {"type": "ack", "n": number}
        again = await line.tell(status(stage.lab, "drift"))  # its acknowledgement was lost
        await line.acknowledged(again)
        assert await stage.do(bodies, stage.lab, "status") == before
        await line.acknowledged(await line.tell(status(stage.lab, "ok")))
    assert len(await stage.do(bodies, stage.lab, "status")) == len(before) + 1


async def test_the_newest_connection_wins(stage: Stage) -> None:
    async with stage.line(stage.hv1) as old:
        async with stage.line(stage.hv1) as new:
            assert await old.closed() == 4001
            assert (await new.ask("assignments"))["jobs"] == []
        row = await stage.do(Hypervisor.objects.get, pk=stage.hv1.hypervisor.pk)
        assert row.session is None  # the new one has hung up, the old one counts no more


async def test_a_cancel_reaches_the_agent_at_once(stage: Stage) -> None:
    async with stage.line(stage.hv1) as line:
        deployment = await stage.do(start_deployment, stage.lab, stage.alice, kind="deploy")
        job = (await line.ask("assignments"))["jobs"][0]
        named = {name: job[name] for name in ("deployment", "generation")}
        fetched = (await line.ask("fetch", **named))["job"]
        await line.acknowledged(await line.tell({"kind": "planned", **named, **a_plan(fetched)}))
        job = (await line.ask("assignments"))["jobs"][0]
        named = {name: job[name] for name in ("deployment", "generation")}
        await line.ask("fetch", **named)
        await stage.do(cancel_deployment, deployment, stage.alice)
        assert await line.hear() == {"type": "cancel", **named}
        assert (await line.ask("fetch", **named))["type"] == "gone"
        back = (await line.ask("assignments"))["jobs"][0]
        assert back["generation"] > named["generation"]


async def test_a_burst_ends_where_the_agent_ended(stage: Stage) -> None:
    async with stage.line(stage.hv1) as line:
        deployment = await stage.do(start_deployment, stage.lab, stage.alice, kind="deploy")
        await played(stage, line, deployment)
        began = time.monotonic()
        events = [status(stage.lab, ("ok", "drift")[turn % 2]) for turn in range(1_500)]
        sending = asyncio.create_task(line.tell(*events))
        await line.acknowledged(1_502)
        await sending
        seconds = time.monotonic() - began
    row = await stage.do(LabStatus.objects.get, ref="nodes/br0")
    assert row.state == "drift"
    told = await stage.do(bodies, stage.lab, "status")
    assert len(told) < 200, "events that wait together are written together"
    assert seconds < 30


async def test_without_a_hello_nothing_is_told(stage: Stage) -> None:
    line = stage.line(stage.hv1)
    assert await line.connect()
    await line.say({"type": "assignments", "request": "1"})
    assert (await line.hear())["reason"] == "The first message is a hello."
    assert await line.closed() == 4003
    await line.hang_up()


async def test_checks_and_probes_reach_the_agent_and_come_back(stage: Stage) -> None:
    async with stage.line(stage.hv1) as line:
        run = await stage.do(start_preflight, stage.wide, stage.alice)
        word = await line.hear()
        assert (word["type"], word["run"], word["peers"]) == ("probe", str(run.pk), ["hv2"])
        nic = {"segment": "lan", "nic": "eth1", "heard": [["hv2", 0, 64]]}
        told = {"kind": "probed", "run": str(run.pk), "lab": stage.wide.tag, "nics": [nic]}
        await line.acknowledged(await line.tell(told))
        part = await stage.do(run.parts.get, hypervisor=stage.hv1.hypervisor)
        assert part.nics == [{**nic, "error": "", "tried": True}]


async def test_an_agent_hears_of_checks_and_that_they_are_off(stage: Stage) -> None:
    check = {"checks": {"added": {"k1": {"source": "c1", "target": "h1", "address": "192.0.2.1"}}}}
    async with stage.line(stage.hv1) as line:
        deployment = await stage.do(start_deployment, stage.lab, stage.alice, kind="deploy")
        await played(stage, line, deployment)
        await stage.do(edit_lab, stage.lab, author=stage.alice, edit_id="1", base=0, edit=check)
        await stage.do(start_checks, stage.lab, stage.alice)
        first = await line.hear()
        assert (first["type"], first["checks"][0]["id"]) == ("check", "k1")
        run = await stage.do(start_checks, stage.lab, stage.alice)
        assert await line.hear() == {"type": "forget", "run": first["run"]}
        again = await line.hear()
        assert again["run"] != first["run"]
        result = {"id": "k1", "state": "pass", "detail": "It answered.", "sent": 1, "received": 1}
        told = {"kind": "checked", "run": again["run"], "lab": stage.lab.tag, "results": [result]}
        await line.acknowledged(await line.tell({**told, "complete": True}))
        row = await stage.do(LabStatus.objects.get, ref="checks/k1")
        assert (row.state, row.detail) == ("ok", "It answered.")
        assert (await stage.do(CheckRun.objects.get, pk=run.pk)).state == "done"
