"""Records: what a design is made of, and how one is read from and written to JSON.

Four tables of records: nodes, interfaces, links and checks. Each record has an id that never
changes and fields that do. Fields are described in :mod:`designer.topology.fields`.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from designer.topology import fields
from designer.topology.problems import InvalidValue, Problem, pointer, shown

NODE_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,39}$")
INTERFACE_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,39}:[A-Za-z0-9][A-Za-z0-9._-]{0,14}$")
LINK_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,119}$")
"""Of a link, and of a check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The base of every record: an id and described fields."""

    kind: ClassVar[str]
    id: str

    @classmethod
    def described(cls) -> Iterator[tuple[dataclasses.Field[Any], fields.Spec]]:
        """The fields with their descriptions, in the order in which they are written."""
        yield from cls._known().values()

    @classmethod
    @functools.cache
    def _known(cls) -> Mapping[str, tuple[dataclasses.Field[Any], fields.Spec]]:
        return {
            field.name: (field, fields.spec_of(field))
            for field in dataclasses.fields(cls)
            if "spec" in field.metadata
        }

    @classmethod
    @functools.cache
    def _required(cls) -> tuple[str, ...]:
        described = cls._known().items()
        return tuple(name for name, (field, _) in described if field.default is dataclasses.MISSING)

    @classmethod
    def read(
        cls, id: str, values: Mapping[str, Any], *at: str
    ) -> tuple[Self | None, list[Problem]]:
        """A record of these JSON values, or every problem found in them. ``at`` is where it
        stands, part by part."""
        problems: list[Problem] = []
        read: dict[str, Any] = {}
        known, required = cls._known(), cls._required()
        for name, value in values.items():
            described = known.get(name) if isinstance(name, str) else None
            if described is not None:
                try:
                    read[name] = described[1].read(value)
                except InvalidValue as error:
                    problems.append(error.at(pointer(*at, name)))
            elif name != "kind":
                message, allowed = f"There is no {shown(name)}.", ", ".join(known)
                problems.append(Problem("unknown-field", pointer(*at, name), message, allowed))
        for name in required:
            if name not in values:
                message, allowed = f"{name!r} is missing.", known[name][1].title
                problems.append(Problem("missing", pointer(*at, name), message, allowed))
        return (None if problems else cls(id=id, **read)), problems

    @classmethod
    def in_one_form(cls, name: str, value: Any) -> Any:
        """A field's JSON value as it would be written again; what cannot be read as it is."""
        described = cls._known().get(name)
        try:
            return value if described is None else _json(described[1].read(value))
        except InvalidValue:
            return value

    def values(self, *, defaults: bool = False) -> dict[str, Any]:
        """The fields as JSON values; those at their default are left out unless asked for."""
        written: dict[str, Any] = {}
        for field, _ in self.described():
            value = getattr(self, field.name)
            if defaults or field.default is dataclasses.MISSING or value != field.default:
                written[field.name] = _json(value)
        return written


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(Record):
    """A drawn thing. Kinds are in :mod:`designer.topology.kinds`, one to a file.

    ``takes_interfaces`` tells which interfaces it has: "ports" (a bridge's or a segment's, made
    by drawing a link), "stack" (of a machine with addresses of its own), "guest" (of a VM),
    "single" (a NIC: one interface towards the segment, one inward) or "none".
    ``on_host``: it stands on a host and has a ``host`` field.
    """

    title: ClassVar[str]
    help: ClassVar[str]
    on_host: ClassVar[bool] = True
    takes_interfaces: ClassVar[str] = "none"

    label: str = fields.text("Label", "What people call it on the canvas.", longest=80)

    @property
    def host_id(self) -> str | None:
        """The id of the host that it stands on; None for a host or a segment."""
        return getattr(self, "host", None)

    def values(self, *, defaults: bool = False) -> dict[str, Any]:
        return {"kind": self.kind, **Record.values(self, defaults=defaults)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface(Record):
    """Where a link meets a node: a container's eth0, a bridge's port, a host's end of a veth pair.

    Its id is ``NODE:KEY``. What it means depends on its node's kind; fields that mean nothing
    there are refused by the rules.
    """

    kind: ClassVar[str] = "interface"
    node: str = fields.reference("Node", "The node that it belongs to.", "node")
    name: str = fields.interface_name(
        "Name",
        "The kernel's name for it. Empty: a container's or router's takes the part of its id "
        "behind the colon; a bridge's or host's is generated.",
    )
    addresses: tuple[str, ...] = fields.addresses("Addresses", "IPv4 and IPv6, with prefix.")
    mac: str | None = fields.mac("MAC address", "Empty: generated, and the same at each deploy.")
    mtu: int | None = fields.integer(
        "MTU", "Largest packet. Empty: what the path allows.", 68, 65535, unit="bytes"
    )
    model: str = fields.choice(
        "NIC model",
        "The card that a VM sees.",
        ("virtio", "e1000", "e1000e", "rtl8139"),
        default="virtio",
    )
    cost: int | None = fields.integer(
        "Path cost", "Of a bridge's port in STP. Empty: by speed.", 1, 65535, advanced=True
    )
    priority: int = fields.integer(
        "Port priority", "Of a bridge's port in STP.", 0, 63, default=32, advanced=True
    )
    hairpin: bool = fields.boolean(
        "Hairpin", "A bridge's port may send a frame back where it came from.", advanced=True
    )
    vlan: int | None = fields.vlan(
        "Access VLAN",
        "Of a trunk's port: the VLAN that it leads to. Of a VLAN-aware bridge's port: the VLAN of "
        "its untagged frames (PVID). Empty: none.",
    )
    tagged: tuple[int | str, ...] = fields.vlan_list(
        "Tagged VLANs", "Of a VLAN-aware bridge's port: the VLANs that pass it with their tag."
    )

    @property
    def key(self) -> str:
        """The part of the id behind the colon."""
        return self.id.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Record):
    """A cable between two interfaces. The ends have no order that means anything."""

    kind: ClassVar[str] = "link"
    a: str = fields.reference("From", "One interface.", "interface")
    b: str = fields.reference("To", "The other interface.", "interface")
    label: str = fields.text("Label", "What people call it on the canvas.", longest=80)
    plugged: bool = fields.boolean(
        "Plugged in",
        "Off: the cable is unplugged. Both ends stay as they are and lose their carrier.",
        default=True,
    )

    @property
    def ends(self) -> tuple[str, str]:
        return self.a, self.b


REACH, NO_REACH = "reach", "no-reach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Record):
    """What must reach what, or must not: asked by ping, or by a TCP connection, when the lab
    runs."""

    kind: ClassVar[str] = "check"
    source: str = fields.reference("From", "Who asks: a container, router, VM or host.", "node")
    target: str = fields.reference("To", "Who is asked.", "node")
    address: str = fields.ip(
        "Address", "The address that is asked. Empty: the first that is drawn at the target."
    )
    port: int | None = fields.integer(
        "TCP port", "The port that a connection is made to. Empty: it is pinged.", 1, 65535
    )
    expect: str = fields.choice(
        "Expected", "reach: it answers. no-reach: nothing does.", (REACH, NO_REACH), default=REACH
    )
    within: int = fields.integer(
        "Within", "How long it may take until it answers.", 1, 600, default=120, unit="s"
    )
    label: str = fields.text("Label", "What people call it on the canvas.", longest=80)
