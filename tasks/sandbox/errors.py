"""What can go wrong in the sandbox, in words for the person who started it."""

from __future__ import annotations


class SandboxError(Exception):
    """The sandbox could not do what was asked; the text says what, and what would help."""
