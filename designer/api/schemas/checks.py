"""Checks and preflights."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from designer.api.schemas.common import FindingJson, Person, StatusJson, Strict
from designer.topology.document import MOST_RECORDS


class ChecksIn(Strict):
    """Which checks to run; without ``ids`` all that are drawn."""

    ids: Annotated[list[str], Field(max_length=MOST_RECORDS)] | None = None


class CheckRunOut(Schema):
    """One round of checks. ``results`` are the statuses of its checks by ref, as they stand now;
    ``left_out`` says by id why a check could not be tried. ``deployment``: the one after which it
    was made, null where somebody asked for it."""

    id: UUID
    lab: UUID
    deployment: UUID | None
    state: Literal["running", "done", "stopped"]
    step: Literal["reach", "no-reach"]
    created: datetime
    finished: datetime | None
    by: Person | None
    results: dict[str, StatusJson]
    left_out: dict[str, str]


class CellOut(Schema):
    """Frames of one VLAN (0: untagged) and one size (bytes of payload behind the inner EtherType),
    one way over a segment. ``passed`` is null where that is not known (yet)."""

    segment: str
    vlan: int
    size: int
    sender: str
    receiver: str
    passed: bool | None


class PreflightOut(Schema):
    """What came through between the hypervisors, tried before anything is changed there."""

    state: Literal["running", "passed", "failed", "unknown"]
    message: str
    cells: list[CellOut]
    findings: list[FindingJson]


class ProbeRunOut(PreflightOut):
    """A preflight by itself; ``deployment`` where it belongs to one."""

    id: UUID
    lab: UUID
    deployment: UUID | None
    created: datetime
    finished: datetime | None
    by: Person | None
