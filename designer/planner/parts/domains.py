"""Domains, and their cards that fell off a bridge."""

from __future__ import annotations

from dataclasses import replace

from designer.machine.resources import Domain
from designer.planner import asking, waiting, words
from designer.planner.comparing import PLUGS, differing, must_replace, needs_restart
from designer.planner.draft import Draft, Stage


def sort(draft: Draft) -> None:
    lost = {key[2] for key in draft.early if key[1] == ""} | draft.restarted
    for one, wanted, there in draft.differing("domain"):
        if wanted is None:
            assert there is not None
            draft.delete(Stage.STOP_DOMAINS, there, f"{one.message}{words.lost(there)}")
        elif there is None:
            draft.create(Stage.DOMAINS, wanted, one.message)
        elif must_replace(wanted, one.fields):
            reason = f"{one.message} It is made anew for that.{words.lost(there)}"
            draft.delete(Stage.STOP_DOMAINS, there, reason)
            draft.create(Stage.DOMAINS, wanted, one.message)
        else:
            assert isinstance(wanted, Domain)
            assert isinstance(there, Domain)
            _change_domain(draft, wanted, there, one.fields, one.message)
    if not lost:
        return
    for wanted in draft.desired.of_type(Domain):
        there = draft.observed.get(wanted.key)
        if wanted.key not in draft.found and isinstance(there, Domain):
            _replug(draft, wanted, there, lost)


def _change_domain(
    draft: Draft, wanted: Domain, there: Domain, fields: tuple[str, ...], reason: str
) -> None:
    if "running" not in fields:  # as it is drawn, or as somebody asked
        wanted = replace(wanted, running=there.running)
    runs_on = wanted.running and there.running
    restarts = runs_on and needs_restart(wanted, there, fields)
    waits = draft.at_next_start and waiting.can_wait(wanted, there, fields)
    if "disk" in fields:
        reason += f" What it wrote on its old disk is gone then.{words.lost(there)}"
    if restarts and waits:
        reason += " The VM runs on, and has that from its next start on."
    elif restarts:
        reason += " The VM needs a restart for that"
        reason += ", which cannot wait." if draft.at_next_start else "."
        if there.asked is not None and there.asked.state == "paused":
            reason += f" It is paused, as {asking.by_whom(there.asked)}, and runs then."
    elif runs_on and "seed" in fields:
        reason += " Cloud-init reads it at the next start."
    if runs_on and wanted.later is None and (waits or not restarts):
        wanted = waiting.put_off(wanted, there)
        fields = differing(wanted, there)
    stage = Stage.DOMAINS if wanted.running else Stage.STOP_DOMAINS
    if PLUGS.issuperset(fields) and wanted.running:
        stage = Stage.REPLUG_DOMAINS  # before the bridge that it leaves is deleted
    draft.change(stage, there, wanted, fields, reason)


def _replug(draft: Draft, wanted: Domain, there: Domain, lost: set[str]) -> None:
    """A VM's taps fall off a bridge that is made anew."""
    if not there.running or not any(nic.bridge in lost for nic in there.nics):
        return
    nics = tuple(replace(nic, bridge="") if nic.bridge in lost else nic for nic in there.nics)
    reason = "Its bridge is made anew, and the design says that it is plugged into it."
    unplugged = replace(there, nics=nics)
    fields = differing(wanted, unplugged)
    draft.change(Stage.REPLUG_DOMAINS, unplugged, wanted, fields, reason)
