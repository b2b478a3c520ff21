"""Where this checkout keeps what it makes: everything under var/, nothing elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def var_dir() -> Path:
    """The folder of all state: TRUNKLINE_VAR, or var/ in the checkout."""
    return Path(os.environ.get("TRUNKLINE_VAR") or CHECKOUT / "var").resolve()


def cache_dir() -> Path:
    """What is dear to make and good for every start: always in the checkout, tests share it."""
    return CHECKOUT / "var" / "cache"


def guest_dir() -> Path:
    """Where `make` has the guest image built, and from where sandboxes take it."""
    return cache_dir() / "guest"
