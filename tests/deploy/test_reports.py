"""What agents report: each once, of their own alone, and what silence means."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from designer.deploy import reconcile, statuses
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Hypervisor, LabStatus, Part
from designer.labs.models import Lab, LabEvent, User
from designer.wire import read_server_message
from tests.deploy.test_deploying import deployed
from tests.deploy.world import FakeAgent, bodies, now, states


def status(lab: Lab, complete: bool = False, /, **told: str) -> dict[str, Any]:
    return {
        "kind": "status",
        "lab": lab.tag,
        "complete": complete,
        "statuses": {
            ref.replace("__", "/"): {"state": state, "detail": "", "facts": {}}
            for ref, state in told.items()
        },
    }


def progress(agent: FakeAgent, deployment: Any, done: int) -> dict[str, Any]:
    return {
        "kind": "progress", **agent.named(deployment), "done": done, "total": 9, "note": "br0",
    }  # fmt: skip


def test_a_repeated_event_has_its_effect_once(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployed(lab, alice, hv1)
    event = status(lab, nodes__br0="ok")
    assert hv1.report(event) == 3
    count = len(bodies(lab, "status"))
    hv1.numbers = iter([3, 4])
    assert hv1.report(event, status(lab, nodes__br0="drift")) == 4
    assert len(bodies(lab, "status")) == count + 1
    assert LabStatus.objects.get(ref="nodes/br0").state == "drift"


def test_numbers_count_within_a_boot(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployed(lab, alice, hv1)
    hv1.boot, hv1.numbers = uuid4().hex, iter([1])
    assert hv1.connect() == 0
    assert hv1.report(status(lab, nodes__br0="ok")) == 1
    assert LabStatus.objects.get().state == "ok"


def test_a_connection_that_was_replaced_changes_nothing(
    lab: Lab, alice: User, hv1: FakeAgent
) -> None:
    deployed(lab, alice, hv1)
    old = hv1.session
    hv1.session = uuid4()
    hv1.connect()
    hv1.session = old
    assert hv1.report(status(lab, nodes__br0="ok")) is None
    assert not LabStatus.objects.exists()


def test_nothing_of_another_hypervisor_can_be_said_or_fetched(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = start_deployment(wide, alice, kind="deploy")
    from designer.deploy.jobs import fetch

    assert fetch(hv2.hypervisor, deployment.pk, hv1.part(deployment).generation) is not None
    hv1.plan(deployment)
    hv2.plan(deployment)
    own, foreign = hv1.part(deployment), hv2.part(deployment)
    assert own.generation != foreign.generation
    assert fetch(hv1.hypervisor, deployment.pk, foreign.generation) is None
    hv1.report(
        {"kind": "finished", **hv2.named(deployment), "outcome": "applied", "message": "",
         "failure": None, "seconds": 0.0, "writes": 0},
        status(wide, nodes__br2="failed", nodes__br1="ok", interfaces__nowhere="failed"),
    )  # fmt: skip
    assert states(deployment) == {"hv1": "applying", "hv2": "applying"}
    assert {row.ref for row in LabStatus.objects.all()} == {"nodes/br1"}


def test_a_forged_call_names_nothing(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    from designer.deploy.jobs import fetch

    deployment = start_deployment(lab, alice, kind="deploy")
    assert fetch(hv1.hypervisor, uuid4(), 1) is None
    assert fetch(hv1.hypervisor, deployment.pk, 999) is None
    assert states(deployment) == {"hv1": "waiting"}


def test_of_much_progress_the_last_word_counts(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployment = start_deployment(lab, alice, kind="deploy")
    hv1.plan(deployment)
    hv1.fetch(deployment)
    before = len(bodies(lab, "deployment"))
    hv1.report(*(progress(hv1, deployment, done) for done in range(9)))
    part = hv1.part(deployment)
    assert (part.done, part.total, part.note) == (8, 9, "br0")
    assert len(bodies(lab, "deployment")) == before + 1


def test_statuses_are_told_where_they_change(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployed(lab, alice, hv1)
    hv1.report(status(lab, True, nodes__br0="ok", nodes__c1="ok"))
    hv1.report(status(lab, nodes__br0="ok", nodes__c1="drift"))
    assert list(bodies(lab, "status")[-1]["changes"]) == ["nodes/c1"]
    hv1.report(status(lab, True, nodes__br0="ok"))
    assert bodies(lab, "status")[-1]["changes"] == {"nodes/c1": None}


def test_of_two_words_on_a_segment_the_worse_is_shown(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(wide, alice, hv1, hv2)
    shared = statuses.refs_of(wide, hv1.hypervisor) & statuses.refs_of(wide, hv2.hypervisor)
    assert shared, "the segment, or a link of it, is of both"
    ref = sorted(shared)[0]
    name = ref.replace("/", "__")
    hv1.report(status(wide, False, **{name: "drift"}))
    hv2.report(status(wide, False, **{name: "ok"}))
    shown = statuses.statuses_of(wide)[ref]
    assert (shown["state"], shown["hypervisor"]) == ("drift", "hv1")


def test_silence_is_shown_as_unknown_with_its_age(lab: Lab, alice: User, hv1: FakeAgent) -> None:
    deployed(lab, alice, hv1)
    hv1.report(status(lab, nodes__br0="ok"))
    reconcile.sweep()
    assert LabStatus.objects.get().state == "ok"

    long_ago = timezone.now() - timedelta(minutes=5)
    Hypervisor.objects.update(last_seen=long_ago)
    reconcile.sweep()
    row = LabStatus.objects.get()
    assert row.state == "unknown"
    assert row.detail == (
        f"hv1 has not been heard of since {long_ago:%Y-%m-%d %H:%M:%S} UTC; then it was ok."
    )
    assert bodies(lab, "status")[-1]["changes"]["nodes/br0"]["state"] == "unknown"
    assert bodies(lab, "hypervisors")[-1]["hypervisors"][0]["state"] == "silent"
    count = len(bodies(lab, "status"))
    reconcile.sweep()
    assert len(bodies(lab, "status")) == count

    hv1.connect()
    hv1.report(status(lab, True, nodes__br0="ok"))
    assert bodies(lab, "status")[-1]["changes"]["nodes/br0"]["state"] == "ok"


def test_what_the_broker_did_not_take_is_sent_again(
    lab: Lab,
    alice: User,
    hv1: FakeAgent,
    sent: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    from designer.deploy import dispatch

    works = dispatch._send
    monkeypatch.setattr(dispatch, "_send", lambda part: False)
    with django_capture_on_commit_callbacks(execute=True):
        deployment = start_deployment(lab, alice, kind="deploy")
    assert hv1.part(deployment).note == dispatch.BROKER_DOWN
    assert (now(deployment).state, states(deployment)) == ("planning", {"hv1": "waiting"})

    monkeypatch.setattr(dispatch, "_send", works)
    reconcile.sweep()
    assert hv1.part(deployment).note == ""
    assert hv1.part(deployment).sent is not None
    count = sum(isinstance(one, Part) for one in sent)
    reconcile.sweep()
    assert sum(isinstance(one, Part) for one in sent) == count


def test_the_agent_is_told_what_to_do_even_if_no_call_came(
    lab: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployment = start_deployment(lab, alice, kind="deploy")
    assert hv1.assignments() == [{"lab": lab.tag, **hv1.named(deployment)}]
    assert hv2.assignments() == []
    hv1.plan(deployment)
    hv1.finish(deployment)
    assert hv1.assignments() == []


def test_what_browsers_are_told_is_what_they_understand(
    wide: Lab, alice: User, hv1: FakeAgent, hv2: FakeAgent
) -> None:
    deployed(wide, alice, hv1, hv2)
    hv1.report(status(wide, nodes__br1="drift"))
    Hypervisor.objects.update(last_seen=timezone.now() - timedelta(minutes=5))
    reconcile.sweep()
    told = list(LabEvent.objects.filter(lab=wide).values_list("body", flat=True))
    assert {body["kind"] for body in told} >= {"deployment", "status", "placement", "hypervisors"}
    for body in told:
        read_server_message(json.dumps({"type": "event", "seq": 1, "event": body}))
