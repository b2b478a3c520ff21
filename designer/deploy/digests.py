"""Short names of long JSON: two jobs of one digest want the same."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from pydantic_core import to_json


def digest_of(resources: Sequence[Any], origins: Sequence[Any]) -> str:
    """As they are kept and sent, in their order."""
    return blake2b(to_json((resources, origins)), digest_size=32).hexdigest()
