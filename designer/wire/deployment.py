"""A deployment, its parts (one per hypervisor) and their operations, as browsers see them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from designer.wire.base import Count, Key, Long, Message, Moment, Ref, Text, Uuid, Word
from designer.wire.finding import Findings
from designer.wire.preflight import Preflight

DeploymentKind = Literal["deploy", "destroy", "plan"]
DeploymentState = Literal["planning", "planned", "applying", "done", "failed", "cancelled"]
PartState = Literal[
    "waiting", "planning", "planned", "applying", "applied", "failed", "undone", "refused", "stale"
]


class Failure(Message):
    """What failed, in the kernel's or libvirt's own words, and what to do."""

    ref: Ref | None = None
    key: Key | None = None
    words: Long
    advice: Text = ""


class PlannedOperation(Message):
    """One operation with its reason and what one would type for it. ``restarts``: a VM that runs
    is stopped and started for it; ``waits``: it runs on, and has some of it at its next start."""

    action: Literal["create", "change", "delete"]
    ref: Ref | None = None
    key: Key
    reason: Long
    restarts: bool = False
    waits: bool = False
    equivalents: Annotated[list[Annotated[str, Field(max_length=8000)]], Field(max_length=1000)]


class PlannedRefusal(Message):
    """Why a plan may not be carried out."""

    code: Word
    ref: Ref | None = None
    key: Key
    message: Text
    allowed: Text


class Guarded(Message):
    """Cards that hold the hypervisor's own addresses, or bridges that lead by default, and are
    changed by a plan: unless the controller is reached again within so many seconds, all is put
    back. ``management`` are the cards by which it is reached now and then in another way;
    ``moves`` says in sentences what becomes of addresses and routes."""

    cards: Annotated[list[Word], Field(max_length=1000)]
    management: Annotated[list[Word], Field(max_length=1000)]
    seconds: Count
    moves: Annotated[list[Text], Field(max_length=1000, default_factory=list)]


class HypervisorName(Message):
    id: Uuid
    name: Word


class Person(Message):
    id: int | str
    name: Annotated[str, Field(max_length=300)]


class Part(Message):
    """How far one hypervisor is. ``restarts`` are the VMs that are stopped and started by it,
    ``waits`` those that have some of it at their next start."""

    hypervisor: HypervisorName
    state: PartState
    phase: Word = ""
    putting_back: bool = False
    done: Count = 0
    total: Count = 0
    note: Text = ""
    message: Long = ""
    failure: Failure | None = None
    fingerprint: Word | None = None
    guarded: Guarded | None = None
    operations_count: Count = 0
    restarts: Annotated[list[Ref], Field(max_length=100_000)] = Field(default_factory=list)
    waits: Annotated[list[Ref], Field(max_length=100_000)] = Field(default_factory=list)
    seconds: float | None = None
    writes: Count | None = None


class Deployment(Message):
    """``preflight`` is None where there was nothing to try: no segment between hypervisors.
    ``warnings`` are about the design where it is placed. ``at_next_start``: it leaves restarts of
    VMs to their next start."""

    id: Uuid
    lab: Uuid
    kind: DeploymentKind
    state: DeploymentState
    revision: Count
    created: Moment
    finished: Moment | None = None
    by: Person | None = None
    auto: bool = False
    at_next_start: bool = False
    ending: Word = ""
    message: Long = ""
    warnings: Findings = Field(default_factory=list)
    parts: Annotated[list[Part], Field(max_length=1000)] = Field(default_factory=list)
    preflight: Preflight | None = None
