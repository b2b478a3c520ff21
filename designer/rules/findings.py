"""Findings: what is wrong with a design that can be read, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from designer.topology.document import natural

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong at one place. ``ref`` is "TABLE/ID" and ``field`` the field of that record,
    or "". ``code`` is stable for programs; ``message`` says what is wrong, ``fix`` what would be
    right. Errors forbid deploying; a design with any can still be drawn on and saved."""

    code: str
    severity: Severity
    ref: str
    field: str = ""
    message: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.ref}.{self.field}" if self.field else self.ref
        return f"{self.severity} {self.code} {place}: {self.message} {self.fix}"


def error(code: str, ref: str, field: str, message: str, fix: str) -> Finding:
    return Finding(code=code, severity="error", ref=ref, field=field, message=message, fix=fix)


def warning(code: str, ref: str, field: str, message: str, fix: str) -> Finding:
    return Finding(code=code, severity="warning", ref=ref, field=field, message=message, fix=fix)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then by place, so that equal designs give equal lists."""
    return tuple(
        sorted(
            findings,
            key=lambda one: (one.severity, natural(one.ref), one.field, one.code, one.message),
        )
    )


def called(kind: str) -> str:
    """A kind of node in the middle of a sentence."""
    return {"vm": "VM", "nic": "NIC"}.get(kind, kind)


def listed(names: Iterable[str], *, most: int = 8) -> str:
    """Names for a sentence: "a, b and c", cut where there are too many to read."""
    ordered = sorted(names, key=natural)
    if len(ordered) > most:
        return ", ".join(ordered[:most]) + f" and {len(ordered) - most} more"
    return " and ".join(filter(None, [", ".join(ordered[:-1]), *ordered[-1:]]))
