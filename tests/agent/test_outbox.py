"""Events that wait: numbered once, merged while unsent, sent again until acknowledged."""

from __future__ import annotations

from typing import Any

from tasks.agent.outbox import Outbox


def status(lab: str, complete: bool = False, **states: str) -> dict[str, Any]:
    return {"kind": "status", "lab": lab, "statuses": states, "complete": complete}


def progress(done: int) -> dict[str, Any]:
    return {"kind": "progress", "deployment": "d", "generation": 1, "done": done}


def finished(generation: int) -> dict[str, Any]:
    return {"kind": "finished", "deployment": "d", "generation": generation}


def drain(outbox: Outbox) -> list[Any]:
    return list(iter(outbox.take, None))


def test_numbers_start_at_one_and_go_on() -> None:
    outbox = Outbox()
    outbox.put(finished(1))
    outbox.put(finished(2))
    assert drain(outbox) == [(1, finished(1)), (2, finished(2))]


def test_what_was_not_acknowledged_goes_out_again_under_its_number() -> None:
    outbox = Outbox()
    for generation in (1, 2, 3):
        outbox.put(finished(generation))
    drain(outbox)
    outbox.acknowledged(1)
    outbox.put(finished(4))
    outbox.reconnected()
    assert drain(outbox) == [(2, finished(2)), (3, finished(3)), (4, finished(4))]
    outbox.acknowledged(4)
    outbox.reconnected()
    assert drain(outbox) == []
    assert len(outbox) == 0


def test_statuses_merge_per_lab_and_ref_while_unsent() -> None:
    outbox = Outbox()
    outbox.put(status("a", one="drift", two="ok"))
    outbox.put(status("b", one="ok"))
    outbox.put(status("a", one="ok", three="ok"))
    assert drain(outbox) == [
        (1, status("a", one="ok", two="ok", three="ok")),
        (2, status("b", one="ok")),
    ]
    outbox.put(status("a", one="drift"))
    assert drain(outbox) == [(3, status("a", one="drift"))]


def test_a_complete_status_replaces_and_stays_complete() -> None:
    outbox = Outbox()
    outbox.put(status("a", gone="ok"))
    outbox.put(status("a", complete=True, one="ok"))
    outbox.put(status("a", two="ok"))
    assert drain(outbox) == [(1, status("a", complete=True, one="ok", two="ok"))]


def test_a_storm_while_the_controller_is_away_takes_no_room() -> None:
    outbox = Outbox()
    for number in range(10_000):
        outbox.put(status("a", False, **{f"ref{number % 7}": str(number)}))
        outbox.put(progress(number))
        outbox.put({"kind": "inventory", "inventory": {"n": number}})
    assert len(outbox) == 3
    sent = dict(event for event in drain(outbox))
    assert len(sent[1]["statuses"]) == 7
    assert sent[2] == progress(9_999)


def test_a_controller_that_acknowledges_nothing_is_sent_little() -> None:
    outbox = Outbox()
    for number in range(10_000):
        outbox.put(status("a", one=str(number)))
        outbox.take()
    assert len(outbox) <= 33
    outbox.acknowledged(32)
    assert drain(outbox) == [(33, status("a", one="9999"))]


def test_of_an_action_only_the_last_word_is_sent() -> None:
    outbox = Outbox()
    for run, state in (("r1", "running"), ("r2", "running"), ("r1", "done")):
        outbox.put({"kind": "acted", "run": run, "lab": "k3j2h1g0", "state": state})
    sent = [outbox.take(), outbox.take()]
    assert [(one[1]["run"], one[1]["state"]) for one in sent if one is not None] == [
        ("r1", "done"), ("r2", "running"),
    ]  # fmt: skip
    assert outbox.take() is None
