"""Links that stand and change, with what a card takes along to its bridge and back."""

from __future__ import annotations

from dataclasses import replace

from designer.machine.resources import Bridge, Key, Link, Physical, Resource
from designer.planner.comparing import PORT
from designer.planner.draft import Draft, Stage
from designer.planner.moving import moved, sentence


def sort(draft: Draft, lost: set[Key]) -> None:
    """Changes on links that stand, and ports of bridges that are made anew."""
    for key, one in draft.found.items():
        if key[0] == "link" and one.kind == "changed" and key not in draft.early:
            _change_link(draft, key, one.fields, one.message, lost)
    if not lost:
        return
    for key, wanted in draft.desired.resources.items():
        if key[0] != "link" or key in draft.found or key in draft.early:
            continue
        assert isinstance(wanted, Link)
        if wanted.master is not None and _lost(draft, draft.observed.resources[key], lost):
            reason = "Its bridge is made anew, and the design says that it is a port of it."
            _change_link(draft, key, (), reason, lost)


def _change_link(
    draft: Draft, key: Key, fields: tuple[str, ...], reason: str, lost: set[Key]
) -> None:
    wanted, there = draft.desired.resources[key], draft.observed.resources[key]
    assert isinstance(wanted, Link)
    assert isinstance(there, Link)
    if _lost(draft, there, lost):
        there = replace(there, master=None, port=None)
        if wanted.master is not None and "master" not in fields:
            stated = (name for name in PORT if getattr(wanted.port, name, None) is not None)
            again = [f"port.{name}" for name in stated]
            fields = tuple(dict.fromkeys((*fields, "master", *again)))
    if isinstance(wanted, Physical) and isinstance(there, Physical):
        there, fields, reason = _moving(draft, there, wanted.master, fields, reason)
    if isinstance(there, Bridge) and there.held:
        # Not before what is on it has gone with its card.
        late = tuple(one for one in fields if one in ("ipv6", "mac"))
        fields = tuple(one for one in fields if one not in late)
        if late:
            draft.change(Stage.LEFT_BRIDGES, there, wanted, late, reason)
        if not fields:
            return
    # A bridge first: its filter and its default PVID before the VLANs of its ports.
    stage = Stage.CHANGE_BRIDGES if isinstance(wanted, Bridge) else Stage.CHANGE_LINKS
    draft.change(stage, there, wanted, fields, reason)


def _moving(
    draft: Draft, there: Physical, master: str | None, fields: tuple[str, ...], reason: str
) -> tuple[Physical, tuple[str, ...], str]:
    """What the card takes along, in the operation that plugs it elsewhere."""
    held = moved(there, master, draft.observed, draft.lab)
    there = replace(there, held=held or None)
    if not held:
        return there, fields, reason
    fields = tuple(dict.fromkeys((*fields, "held")))
    return there, fields, f"{reason} {sentence(held, master or there.name)}"


def put_card_back(draft: Draft, there: Physical, reason: str) -> None:
    there, _, reason = _moving(draft, there, None, (), reason)
    draft.delete(Stage.PUT_BACK, there, reason)


def _lost(draft: Draft, there: Resource, lost: set[Key]) -> bool:
    return isinstance(there, Link) and ("link", there.netns, there.master or "") in lost
