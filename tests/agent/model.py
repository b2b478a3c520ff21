"""A machine that is only a model: resources in a dictionary. Faults are put in by tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from designer.machine.images import ROLES, content_of
from designer.machine.marks import Mark
from designer.machine.resources import Address, Domain, Key, Resource, Veth
from designer.machine.state import Inventory, MachineState
from designer.planner import Operation
from tasks.drivers.errors import OperationFailed

OWN = ["link", ""]
"""Of what is in the machine's own namespace, the key before its name."""


class ModelWatch:
    def close(self) -> None:
        pass


class ModelMachine:
    """`before` is called with each batch before it has its effect, `after` afterwards."""

    def __init__(self, resources: Collection[Resource] = (), batch: int = 2) -> None:
        self.resources: dict[Key, Resource] = {one.key: one for one in resources}
        self.batch = batch
        self.performed: list[Operation] = []
        self.marks: set[str] = set()
        self.observations = 0
        self.kept_copies: list[set[str]] = []
        self.before: Callable[[Sequence[Operation]], None] = lambda _: None
        self.after: Callable[[Sequence[Operation]], None] = lambda _: None
        self.on_change: Callable[[], None] = lambda: None
        self.features = {"bridge": True}
        self._lock = threading.Lock()

    def inventory(self, known: Inventory | None = None) -> Inventory:
        with self._lock:
            links = tuple(sorted(name for kind, *at, name in self.resources if [kind, *at] == OWN))
        return Inventory(name="model", features=dict(self.features), links=links)

    def observe(self, lab: str, keys: Collection[Key] = ()) -> MachineState:
        with self._lock:
            self.observations += 1
            wanted = set(keys)
            return MachineState.of(
                one for key, one in self.resources.items() if one.owner == lab or key in wanted
            )

    def batches(self, operations: Sequence[Operation]) -> Iterator[slice]:
        for at in range(0, len(operations), self.batch):
            yield slice(at, min(at + self.batch, len(operations)))

    def perform(self, operations: Sequence[Operation], mark: Mark) -> None:
        self.before(operations)
        with self._lock:
            for one in operations:
                self._do(one)
                self.performed.append(one)
                self.marks.add(str(mark))
        self.after(operations)

    def images_in_use(self) -> set[str]:
        with self._lock:
            domains = [one for one in self.resources.values() if isinstance(one, Domain)]
            names = [getattr(one, role) for one in domains for role in ROLES]
            return {content for name in names if (content := content_of(name))}

    def keep_copies(self, lab: str, domains: Collection[str]) -> None:
        self.kept_copies.append(set(domains))  # it has no disks

    def watch(self, on_change: Callable[[], None]) -> ModelWatch:
        self.on_change = on_change
        return ModelWatch()

    def close(self) -> None:
        pass

    def meddle(self, key: Key, **fields: object) -> None:
        """Somebody else changes something, and the kernel tells."""
        with self._lock:
            self.resources[key] = replace(self.resources[key], **fields)  # type: ignore[arg-type]
        self.on_change()

    def remove(self, key: Key) -> None:
        with self._lock:
            self._delete(key)
        self.on_change()

    def _do(self, one: Operation) -> None:
        if one.action == "delete":
            self._delete(one.key)
            return
        for resource in (one.after, one.peer_after):
            if resource is not None:
                self.resources[resource.key] = resource

    def _delete(self, key: Key) -> None:
        """And what goes along: a veth's other end, addresses of a link, a namespace's contents."""
        gone = self.resources.pop(key, None)
        if isinstance(gone, Veth):
            self.resources.pop(("link", gone.peer_netns, gone.peer), None)
        links = {one[1:3] for one in self.resources if one[0] == "link"}
        for other, one in list(self.resources.items()):
            in_gone_namespace = key[0] == "namespace" and getattr(one, "netns", "") == key[1]
            without_link = isinstance(one, Address) and (one.netns, one.link) not in links
            if in_gone_namespace or without_link:
                self._delete(other) if in_gone_namespace else self.resources.pop(other, None)


def failing(key: Key, words: str = "Device or resource busy") -> Callable[[object], None]:
    """A hook that refuses the operation on `key`, each time."""

    def refuse(operations: object) -> None:
        assert isinstance(operations, Sequence)
        for one in operations:
            if one.key == key and one.action == "create":
                raise OperationFailed(one, 16, words, "Look for a program that holds it.")

    return refuse
