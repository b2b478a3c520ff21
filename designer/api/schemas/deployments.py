"""Deployments, placements and hypervisors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from designer.api.schemas.checks import PreflightOut
from designer.api.schemas.common import FindingJson, Person, Strict

Kind = Literal["deploy", "destroy", "plan"]
State = Literal["planning", "planned", "applying", "done", "failed", "cancelled"]
PartState = Literal[
    "waiting", "planning", "planned", "applying", "applied", "failed", "undone", "refused", "stale"
]


LooseUuid = Annotated[UUID, Field(strict=False)]
"""JSON has no type of its own for it."""


class DeploymentIn(Strict):
    """``auto`` applies right after planning: the rule for deploy and destroy, never for plan.
    ``despite_preflight``: also where the preflight finds that something is lost on the way.
    ``over_management``: also where a NIC is changed by which a hypervisor is reached.
    ``with_restarts``: also where VMs that run are restarted.
    ``at_next_start``: what needs a restart of a VM that runs is only defined for its next start,
    where it can be; all else is done now."""

    kind: Kind
    auto: bool | None = None
    despite_preflight: bool = False
    over_management: bool = False
    with_restarts: bool = False
    at_next_start: bool = False


class HypervisorName(Schema):
    id: UUID
    name: str


class Failure(Schema):
    """What failed, in the kernel's or libvirt's own words, and what to do."""

    ref: str | None
    key: list[str] | None
    words: str
    advice: str


class Guarded(Schema):
    """Cards that hold the hypervisor's own addresses, or bridges that lead by default, and are
    changed by the plan: unless the controller is reached again within so many seconds, all is put
    back. ``management`` are the cards by which it is reached now and then in another way;
    ``moves`` says in sentences what becomes of addresses and routes."""

    cards: list[str]
    management: list[str]
    seconds: int
    moves: list[str] = Field(default_factory=list)


class PartOut(Schema):
    """How far one hypervisor is."""

    hypervisor: HypervisorName
    state: PartState
    phase: Literal["plan", "apply", "destroy"]
    putting_back: bool
    done: int
    total: int
    note: str
    message: str
    failure: Failure | None
    fingerprint: str
    guarded: Guarded | None
    operations_count: int
    restarts: list[str]
    waits: list[str]
    seconds: float | None
    writes: int | None


class DeploymentOut(Schema):
    """``ending`` is the state to come while parts are put back to what they were. ``preflight``:
    null where no segment lies between hypervisors, or where it has not begun. ``warnings`` are
    about the design where it is placed."""

    id: UUID
    lab: UUID
    kind: Kind
    state: State
    revision: int
    created: datetime
    finished: datetime | None
    by: Person | None
    auto: bool
    at_next_start: bool
    ending: str
    message: str
    warnings: list[FindingJson]
    parts: list[PartOut]
    preflight: PreflightOut | None


class OperationOut(Schema):
    """One operation with its reason, and what one would type for it."""

    action: Literal["create", "change", "delete"]
    ref: str | None
    key: list[str]
    reason: str
    restarts: bool = False
    waits: bool = False
    equivalents: list[str]


class RefusalOut(Schema):
    """Why a plan may not be carried out."""

    code: str
    ref: str | None = None
    key: list[str]
    message: str
    allowed: str


class OperationsOut(Schema):
    """A page of a plan."""

    total: int
    offset: int
    operations: list[OperationOut]
    refusals: list[RefusalOut]


class PlacementIn(Strict):
    """Hypervisor by host; null takes a placement back, hosts that are not named stay."""

    placement: Annotated[dict[str, LooseUuid | None], Field(max_length=10_000)]


class PlacementOut(Schema):
    """``placement`` is where each host goes; ``chosen`` the hosts that a person has placed, the
    others are as suggested."""

    placement: dict[str, UUID]
    chosen: list[str]


class Missing(Schema):
    feature: str
    title: str


class Claimed(Schema):
    """What all labs together have of it; memory in MiB, disk in bytes."""

    vms: int
    vcpus: int
    memory: int
    disk: int


class HypervisorOut(Schema):
    """``state``: new (never enrolled), connected, or silent. ``missing`` is what it lacks."""

    id: UUID
    name: str
    state: Literal["new", "connected", "silent"]
    connected: bool
    connected_at: datetime | None
    last_seen: datetime | None
    version: str
    inventory: dict[str, Any] | None
    missing: list[Missing]
    claimed: Claimed
