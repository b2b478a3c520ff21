"""What a rule, or a preflight, says about one place of the design."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from designer.wire.base import Message, Text, Word

Severity = Literal["error", "warning"]


class Finding(Message):
    """What a rule says about one place of the design."""

    code: Word
    severity: Severity
    ref: Annotated[str, Field(max_length=140)]
    field: Word = ""
    message: Text
    fix: Text = ""


Findings = Annotated[list[Finding], Field(max_length=100_000)]
