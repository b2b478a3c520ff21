"""Messages between the browser and the server."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from designer.wire.acting import VmAction
from designer.wire.base import Count, Id, Json, Message, Ref, Text, Word
from designer.wire.deployment import Deployment, Person
from designer.wire.finding import Findings
from designer.wire.status import ShownStatus


class Problem(Message):
    """What is wrong with a document or an edit, at a JSON pointer."""

    code: Word
    pointer: Text
    message: Text
    allowed: Text = ""


class Conflict(Message):
    """A place where an edit starts from something that no longer stands there."""

    pointer: Text
    message: Text


class Point(Message):
    x: Annotated[float, Field(strict=False, ge=-1e7, le=1e7)]
    y: Annotated[float, Field(strict=False, ge=-1e7, le=1e7)]


Looks = Annotated[dict[Ref, Json | None], Field(max_length=100_000)]
Selection = Annotated[list[Ref], Field(max_length=1000)]
Drag = Annotated[dict[Ref, Point], Field(max_length=1000)]

# Browser to server


class EditWanted(Message):
    """``base`` is the revision that the edit starts from; ``edit_id`` makes a resend harmless."""

    type: Literal["edit"] = "edit"
    edit_id: Id
    base: Count
    edit: Json


class LooksWanted(Message):
    type: Literal["looks"] = "looks"
    patch: Looks


class Presence(Message):
    """Where someone's pointer is, what they selected and what they drag at the moment."""

    type: Literal["presence"] = "presence"
    at: Point | None = None
    selection: Selection = Field(default_factory=list)
    drag: Drag | None = None


class Resync(Message):
    """There was a gap in the numbers: send a snapshot."""

    type: Literal["resync"] = "resync"


class Ping(Message):
    type: Literal["ping"] = "ping"


FromBrowser = Annotated[
    EditWanted | LooksWanted | Presence | Resync | Ping, Field(discriminator="type")
]

# What an event can be


class Edited(Message):
    kind: Literal["edited"] = "edited"
    revision: Count
    edit: Json
    edit_id: Id | None = None
    author: Person | None = None
    client: Id | None = None
    findings: Findings = Field(default_factory=list)


class LooksChanged(Message):
    kind: Literal["looks"] = "looks"
    looks: Looks
    client: Id | None = None


class StatusChanged(Message):
    """Merged; None: nothing is known of it any more."""

    kind: Literal["status"] = "status"
    changes: Annotated[dict[Ref, ShownStatus | None], Field(max_length=100_000)]


class DeploymentChanged(Message):
    kind: Literal["deployment"] = "deployment"
    deployment: Deployment


class PlacementChanged(Message):
    """{host id: hypervisor id}, whole."""

    kind: Literal["placement"] = "placement"
    placement: Annotated[dict[Word, Word], Field(max_length=10_000)]


class HypervisorsChanged(Message):
    """All of them that the lab may be placed on: one connected, or fell silent."""

    kind: Literal["hypervisors"] = "hypervisors"
    hypervisors: Annotated[list[Json], Field(max_length=10_000)]


class LabChanged(Message):
    kind: Literal["lab"] = "lab"
    name: Annotated[str, Field(max_length=200)]
    description: Text = ""


class VmActionChanged(Message):
    kind: Literal["vm-action"] = "vm-action"
    action: VmAction


LabEvent = Annotated[
    Edited
    | LooksChanged
    | StatusChanged
    | DeploymentChanged
    | PlacementChanged
    | HypervisorsChanged
    | LabChanged
    | VmActionChanged,
    Field(discriminator="kind"),
]

# Server to browser


class Snapshot(Message):
    """Everything of a lab as it is after event ``seq``."""

    type: Literal["snapshot"] = "snapshot"
    seq: Count
    revision: Count
    document: Json
    looks: Looks
    findings: Findings
    statuses: Annotated[dict[Ref, ShownStatus], Field(max_length=100_000)]
    deployment: Deployment | None
    actions: Annotated[list[VmAction], Field(max_length=10_000)]
    """The last of each VM, where it goes on or ended not long ago."""
    placement: Json
    hypervisors: Annotated[list[Json], Field(max_length=10_000)]
    me: Person
    client: Id


class EventSent(Message):
    """Numbered without gaps; a browser that sees one asks for a snapshot."""

    type: Literal["event"] = "event"
    seq: Count
    event: LabEvent


class PresenceSent(Message):
    class Client(Message):
        client: Id
        name: Annotated[str, Field(max_length=300)]
        color: Word
        at: Point | None = None
        selection: Selection = Field(default_factory=list)
        drag: Drag | None = None

    type: Literal["presence"] = "presence"
    clients: Annotated[list[Client], Field(max_length=10_000)]


class EditRefused(Message):
    type: Literal["edit-refused"] = "edit-refused"
    edit_id: Id | None
    code: Literal["stale", "invalid", "forbidden"]
    message: Text
    conflicts: Annotated[list[Conflict], Field(max_length=10_000)] = Field(default_factory=list)
    problems: Annotated[list[Problem], Field(max_length=10_000)] = Field(default_factory=list)
    revision: Count


class Pong(Message):
    type: Literal["pong"] = "pong"


ToBrowser = Annotated[
    Snapshot | EventSent | PresenceSent | EditRefused | Pong, Field(discriminator="type")
]
