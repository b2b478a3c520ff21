"""What an action can answer instead of doing its work. Each tells who must act."""

from __future__ import annotations


class NotFound(LookupError):
    """It is not there, or not for this user: the same answer, so that nobody learns which."""

    def __init__(self, what: str = "lab") -> None:
        self.what = what
        super().__init__(f"There is no such {what}.")


class Refused(ValueError):
    """The user asked for something that may not be done now; the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)
