"""The status of one drawn thing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from designer.wire.base import Long, Message, Moment, Ref, Word

State = Literal[
    "ok", "pending", "applying", "drift", "failed", "degraded", "absent", "unknown"
]  # fmt: skip
Fact = (
    Annotated[str, Field(max_length=500)]
    | int
    | float
    | bool
    | Annotated[list[Annotated[str, Field(max_length=500)] | int | bool], Field(max_length=1000)]
)


class Status(Message):
    """As the agent tells it. Facts are what was observed: tap, mac, addresses, carrier,
    stp_state, index, domain_state and more.

    Of a check: "ok" is as expected, "applying" is under way or waiting; its facts are expect,
    address, sent, received and rtt_ms (milliseconds, left out where nothing came back)."""

    state: State
    detail: Long = ""
    facts: Annotated[dict[Word, Fact], Field(max_length=50)] = Field(default_factory=dict)


class ShownStatus(Status):
    """As the browser sees it: with the hypervisor that told it, and when."""

    hypervisor: Word | None = None
    at: Moment | None = None


Statuses = Annotated[dict[Ref, Status], Field(max_length=100_000)]
