"""What a browser does with events: the state that it would hold."""

from __future__ import annotations

import copy
from typing import Any

from designer.topology import document, edits

Snapshot = dict[str, Any]
STATE = (
    "seq", "revision", "document", "looks", "findings", "statuses", "deployment", "placement",
)  # fmt: skip


def replayed(snapshot: Snapshot, messages: list[dict[str, Any]]) -> Snapshot:
    """The snapshot after these events. They must follow each other without a gap."""
    state = {name: copy.deepcopy(snapshot[name]) for name in STATE}
    for message in messages:
        assert message["seq"] == state["seq"] + 1, "a gap"
        state["seq"] = message["seq"]
        _apply(state, message["event"])
    return state


def state_of(snapshot: Snapshot) -> Snapshot:
    return {name: snapshot[name] for name in STATE}


def _apply(state: Snapshot, event: dict[str, Any]) -> None:
    match event["kind"]:
        case "edited":
            assert event["revision"] == state["revision"] + 1
            design = edits.apply(document.read(state["document"]), event["edit"])
            state["document"] = document.write(design, defaults=True)
            state["revision"], state["findings"] = event["revision"], event["findings"]
        case "looks":
            _merge(state["looks"], event["looks"])
        case "status":
            _merge(state["statuses"], event["changes"])
        case "deployment":
            state["deployment"] = event["deployment"]
        case "placement":
            state["placement"] = event["placement"]
        case "lab":
            state["document"]["name"] = event["name"]
            state["document"]["description"] = event["description"]
        case other:
            raise AssertionError(f"an event of an unknown kind {other}")


def _merge(into: dict[str, Any], changes: dict[str, Any]) -> None:
    for ref, value in changes.items():
        if value is None:
            into.pop(ref, None)
        else:
            into[ref] = value
