"""What people asked of VMs by hand, beside deployments: when it still counts, and its words.

A person shuts a VM off, or starts one that is drawn as off. No later deployment takes that back,
until the drawing itself changes its mind about whether the VM runs, or the VM is made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from designer.machine.resources import Asked, Domain, Key, Resource
from designer.machine.state import MachineState
from designer.planner.comparing import is_as_asked

_WORDS = {"running": "Started", "paused": "Paused", "off": "Shut off"}


def overruled(
    observed: MachineState, desired: MachineState, before: MachineState | None
) -> MachineState:
    """What was observed, without what was asked of VMs that the drawing has changed its mind about
    since ``before``, which was applied last: there the drawing is the newer word."""
    if before is None:
        return observed
    changed: dict[Key, Resource] = {}
    for wanted in desired.of_type(Domain):
        earlier, there = before.get(wanted.key), observed.get(wanted.key)
        if not isinstance(earlier, Domain) or not isinstance(there, Domain):
            continue
        if earlier.running != wanted.running and there.asked is not None:
            changed[wanted.key] = replace(there, asked=None)
    return MachineState({**observed.resources, **changed}) if changed else observed


def notes(desired: MachineState, observed: MachineState) -> Iterator[str]:
    """What a deployment leaves as it is, though it is drawn otherwise."""
    for wanted in desired.of_type(Domain):
        there = observed.get(wanted.key)
        if not isinstance(there, Domain) or there.asked is None or there.owner != wanted.owner:
            continue
        if is_as_asked(there) and wanted.running != there.running:
            stays = "runs on" if there.running else "stays shut off"
            yield f"{there.name} {stays}, as {by_whom(there.asked)}."
        elif there.running and there.asked.state == "paused":
            yield f"{there.name} stays paused, as {by_whom(there.asked)}."


def said(asked: Asked) -> str:
    """ "Shut off, as alice asked on 2026-11-27 at 12:03 UTC." """
    return f"{_WORDS[asked.state]}, as {by_whom(asked)}."


def by_whom(asked: Asked) -> str:
    date, _, time = asked.at.partition("T")
    return f"{asked.by} asked on {date} at {time[:5]} UTC"
