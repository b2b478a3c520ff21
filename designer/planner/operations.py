"""Operations and plans: what will be done on one hypervisor, in order, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from designer.machine.resources import Domain, Key, Resource
from designer.planner.comparing import needs_restart

Action = Literal["create", "change", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One step. ``before`` is what is there (None for create), ``after`` what will be (None for
    delete); ``fields`` names what differs in a change. Undo is the swap of before and after.

    A veth pair is one operation on its first end; ``peer_after``/``peer_before`` carry the other.
    """

    action: Action
    key: Key
    before: Resource | None = None
    after: Resource | None = None
    peer_before: Resource | None = None
    peer_after: Resource | None = None
    fields: tuple[str, ...] = ()
    reason: str

    @property
    def restarts(self) -> bool:
        """Whether a VM that runs, and shall run on, is stopped and started for it."""
        before, after = self.before, self.after
        if not isinstance(before, Domain) or not isinstance(after, Domain):
            return False
        return before.running and after.running and needs_restart(after, before, self.fields)

    @property
    def waits(self) -> bool:
        """Whether some of it is only defined, for the next start of a VM that runs."""
        return isinstance(self.after, Domain) and self.after.later is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the plan may not be carried out: something foreign stands where ours would."""

    code: str
    key: Key
    message: str
    allowed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Operations in the order in which they will be carried out. ``fingerprint`` is of the
    operations and of what they start from: the same world gives the same fingerprint. ``notes``
    say what is left as it is: what a person asked for though it is drawn otherwise, what waits for
    the next start of a VM, and what names a card that moves."""

    lab: str
    operations: tuple[Operation, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    fingerprint: str = ""
