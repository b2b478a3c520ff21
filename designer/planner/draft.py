"""A plan in the making: the differences, and the stages that operations are sorted into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum, auto

from designer.machine.resources import Key, Physical, Resource
from designer.machine.state import MachineState
from designer.planner.differing import Difference, differences
from designer.planner.moving import settled
from designer.planner.operations import Operation, Refusal


class Stage(IntEnum):
    """The order of the operations; those of one stage do not depend on each other."""

    IMAGES = auto()
    MODULES = auto()
    STOP_DOMAINS = auto()
    FORWARDING_OFF = auto()
    DELETE_TABLES = auto()
    DELETE_ROUTES = auto()
    DELETE_REPLACED = auto()
    NAMESPACES = auto()
    PARENTS = auto()
    BRIDGES = auto()
    CHANGE_BRIDGES = auto()
    GUARDS = auto()
    NETWORKS = auto()
    VXLANS = auto()
    VLANS = auto()
    VETHS = auto()
    CHANGE_LINKS = auto()
    TABLES = auto()
    DELETE_ADDRESSES = auto()
    ADDRESSES = auto()
    ROUTES = auto()
    FORWARDING_ON = auto()
    REPLUG_DOMAINS = auto()
    PUT_BACK = auto()
    LEFT_BRIDGES = auto()
    DELETE_VETHS = auto()
    DELETE_VLANS = auto()
    DELETE_VXLANS = auto()
    DELETE_BRIDGES = auto()
    DELETE_NETWORKS = auto()
    DELETE_GUARDS = auto()
    DELETE_PARENTS = auto()
    DELETE_NAMESPACES = auto()
    DOMAINS = auto()


class Draft:
    """What the parts of a plan share: what should be and is, what differs, and for each stage its
    operations so far."""

    def __init__(
        self, desired: MachineState, observed: MachineState, lab: str, *,
        at_next_start: bool = False,
    ) -> None:  # fmt: skip
        self.desired, self.observed, self.lab = settled(desired, observed, lab), observed, lab
        self.at_next_start = at_next_start
        self.refusals: list[Refusal] = []
        self.stages: dict[Stage, list[Operation]] = {stage: [] for stage in Stage}
        self.found = {one.key: one for one in differences(desired, observed, lab)}
        self.dying = {key[1] for key in self.extras("namespace")}
        self.early: set[Key] = set()
        self.restarted: set[str] = set()
        """The bridges of libvirt's networks that go and come back: nothing stays plugged in."""
        self.late = {
            key for key in self.extras("link")
            if not isinstance(observed.resources[key], Physical)
        }  # fmt: skip

    def extras(self, kind: str) -> Iterator[Key]:
        return (k for k, one in self.found.items() if one.kind == "extra" and k[0] == kind)

    def create(self, stage: Stage, after: Resource, reason: str) -> None:
        self.stages[stage].append(
            Operation(action="create", key=after.key, after=after, reason=reason)
        )

    def delete(self, stage: Stage, before: Resource, reason: str) -> None:
        self.stages[stage].append(
            Operation(action="delete", key=before.key, before=before, reason=reason)
        )

    def change(
        self, stage: Stage, before: Resource, after: Resource, fields: Iterable[str], reason: str
    ) -> None:
        self.stages[stage].append(
            Operation(
                action="change",
                key=after.key,
                before=before,
                after=after,
                fields=tuple(fields),
                reason=reason,
            )
        )

    def differing(self, kind: str) -> Iterator[tuple[Difference, Resource | None, Resource | None]]:
        """(difference, desired, observed) of a kind, but for what is foreign."""
        for key, one in self.found.items():
            if key[0] == kind and one.kind != "foreign":
                yield one, self.desired.get(key), self.observed.get(key)

    def is_foreign(self, key: Key) -> bool:
        one = self.found.get(key)
        return one is not None and one.kind == "foreign"

    def is_new(self, key: Key, one: Difference) -> bool:
        """Whether the link is to be made, for the first time or anew."""
        return one.kind == "missing" or key in self.early

    def operations(self) -> tuple[Operation, ...]:
        return tuple(one for stage in Stage for one in self.stages[stage])
