"""Credentials of agents: made here, told once, kept as hashes.

They have 256 random bits, so a plain SHA-256 is enough: there is nothing to guess from.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new() -> str:
    """A secret of 256 random bits in hexadecimal digits: fit for a URL, and on a command line no
    first character makes an option of it."""
    return secrets.token_hex(32)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def fits(secret: str, kept: str) -> bool:
    """Whether this is the secret of that hash; takes the same time whatever the answer."""
    return hmac.compare_digest(digest(secret), kept or digest("")) and bool(kept)
