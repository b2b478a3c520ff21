"""The differences between what should be and what is: for the plan, to verify, and as drift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from designer.machine.resources import (
    Bridge,
    Image,
    Key,
    Module,
    Network,
    Parent,
    Physical,
    Resource,
    Veth,
)
from designer.machine.state import MachineState
from designer.planner import words
from designer.planner.comparing import differing
from designer.planner.moving import settled

Kind = Literal["missing", "changed", "extra", "foreign"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One key at which desired and observed disagree.

    ``missing``: ours and not there. ``changed``: there, but for ``fields``. ``extra``: ours and
    no longer wanted. ``foreign``: something that is not ours stands where ours would; nothing is
    done to it.
    """

    key: Key
    kind: Kind
    fields: tuple[str, ...]
    message: str


def differences(desired: MachineState, observed: MachineState, lab: str) -> tuple[Difference, ...]:
    """Every difference on what the lab owns or wants. Linear in the number of resources."""
    return tuple(_differences(desired, observed, lab))


def _differences(desired: MachineState, observed: MachineState, lab: str) -> Iterator[Difference]:
    desired = settled(desired, observed, lab)
    seen = observed.resources
    for key, wanted in desired.resources.items():
        there = seen.get(key)
        if there is None or not _has_mark(wanted, there, lab):
            yield Difference(key, "missing", (), words.missing(wanted))
            continue
        if foreign := foreign_words(wanted, there, observed, lab):
            yield Difference(key, "foreign", (), foreign)
            continue
        if fields := differing(wanted, there):
            yield Difference(key, "changed", fields, words.changed(wanted, there, fields))
    wanted_keys = desired.resources
    for key, there in seen.items():
        if key not in wanted_keys and owner_of(there, observed) == lab:
            yield Difference(key, "extra", (), words.no_longer_wanted(there))


def _has_mark(wanted: Resource, there: Resource, lab: str) -> bool:
    """A card is there in any case; as this lab's parent only with its mark."""
    return there.owner == lab or not isinstance(wanted, Parent)


def owner_of(resource: Resource, observed: MachineState) -> str | None:
    """Whose it is. A veth end without a mark belongs to whom its other end belongs: the kernel
    makes both at once, and a crash can come before the second mark."""
    if resource.owner is None and isinstance(resource, Veth):
        other = observed.resources.get(peer_key(resource))
        if isinstance(other, Veth) and peer_key(other) == resource.key:
            return other.owner
    return resource.owner


def peer_key(veth: Veth) -> Key:
    return ("link", veth.peer_netns, veth.peer)


def foreign_words(
    wanted: Resource, there: Resource, observed: MachineState, lab: str
) -> str | None:
    """Why what stands there is not ours to change; None where it is ours, or free to borrow."""
    owner = there.owner
    if owner == lab:
        return None
    if owner is None:
        owner = owner_of(there, observed)
        if owner == lab:
            return None
    if owner is not None:
        return f"{_upper(words.thing(there))} belongs to the lab {owner}."
    if isinstance(wanted, Module | Image) or is_borrowed(wanted):
        return None
    if isinstance(wanted, Physical):
        return _cannot_borrow(wanted, there)
    return f"{_upper(words.thing(there))} is there already and was not made by Trunkline."


def is_borrowed(wanted: Resource) -> bool:
    """Whether it is the hypervisor's own libvirt network, used as it is."""
    return isinstance(wanted, Network) and wanted.owner is None


def _cannot_borrow(wanted: Physical, there: Resource) -> str | None:
    """A card is nobody's, and is lent to a bridge; but not one that is in use as a port."""
    if isinstance(there, Bridge):
        return f"{words.name(there)} is a bridge itself and cannot be a port of {wanted.master}."
    master = getattr(there, "master", None)
    if master is not None and master != wanted.master:
        return f"The card {words.name(there)} is a port of {master} already."
    return None


def _upper(text: str) -> str:
    return text[0].upper() + text[1:] if text else text
