"""What came through between the hypervisors of a lab before anything was changed there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from designer.wire.base import Count, Long, Message, Word
from designer.wire.finding import Findings

PreflightState = Literal["running", "passed", "failed", "unknown"]


class Cell(Message):
    """Frames of one VLAN (0: untagged) and one size, one way over a segment.

    ``size`` in bytes of the payload behind the (inner) EtherType; ``sender`` and ``receiver`` are
    names of hypervisors. ``passed`` is None where it could not be tried, or has not been yet.
    """

    segment: Word
    vlan: Annotated[int, Field(ge=0, le=4094)]
    size: Count
    sender: Word
    receiver: Word
    passed: bool | None


class Preflight(Message):
    """``findings`` say of the cells that did not pass what the switch in between eats."""

    state: PreflightState
    message: Long = ""
    cells: Annotated[list[Cell], Field(max_length=400_000)] = Field(default_factory=list)
    findings: Findings = Field(default_factory=list)
