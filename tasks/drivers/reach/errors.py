"""Why something cannot be tried at all, which is neither yes nor no."""

from __future__ import annotations


class CannotTry(Exception):
    """The text says what is missing and who must act. ``passing``: it may be there in a moment,
    as a guest agent while its VM boots."""

    def __init__(self, words: str, *, passing: bool = False) -> None:
        self.words = words
        self.passing = passing
        super().__init__(words)
