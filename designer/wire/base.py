"""What all messages share: strictness, and the texts and ids they are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema


class Message(BaseModel):
    """Strict, frozen, and nothing that is not declared."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


Word = Annotated[str, Field(max_length=80)]
Text = Annotated[str, Field(max_length=4000)]
Long = Annotated[str, Field(max_length=20_000)]
"""The words of a kernel or of libvirt, or the sum of what several hypervisors say."""
Ref = Annotated[str, Field(max_length=140, pattern=r"^(nodes|interfaces|links|checks)/.+$")]
Id = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
LabTag = Annotated[str, Field(pattern=r"^[a-z0-9]{4,16}$")]
Key = Annotated[tuple[Annotated[str, Field(max_length=300)], ...], Field(max_length=6)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Generation = Annotated[int, Field(ge=0, le=2**53)]
Json = dict[str, Any]
"""A JSON object that another room checks: an edit, a design document, looks."""

Moment = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat(), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Uuid = Annotated[UUID, WithJsonSchema({"type": "string", "format": "uuid"})]
