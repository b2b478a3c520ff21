"""What can go wrong while the guest is built."""

from __future__ import annotations


class GuestError(Exception):
    """The guest could not be built; the text says what is missing and who must act."""
