"""Moments as browsers and programs get them."""

from __future__ import annotations

from datetime import datetime


def when(moment: datetime | None) -> str | None:
    """In ISO 8601, with its offset."""
    return None if moment is None else moment.isoformat()
