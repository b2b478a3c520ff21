"""How a command ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import Any


class Exit(IntEnum):
    """The exit codes of ``manage.py lab``."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    NO_ANSWER = 4
    CONFLICT = 5


MEANINGS = {
    Exit.OK: "done, or nothing to do",
    Exit.FAILED: "a hypervisor or a check failed, or the deployment was cancelled",
    Exit.USAGE: "wrong usage, an invalid file, or no such lab",
    Exit.REFUSED: "refused: findings to be mended, frames lost between hypervisors, or something "
    "foreign in the way",
    Exit.NO_ANSWER: "no answer in time: an agent is not connected, or slow; it goes on by itself",
    Exit.CONFLICT: "conflict: something else goes on, a name is taken, or the plan is stale",
}


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Ended(Exception):
    """Ends the command with this code. ``data`` is what ``--json`` prints: the code and the
    message, laid over the answer that there is all the same."""

    def __init__(
        self,
        code: Exit,
        message: str,
        *,
        kind: str = "",
        details: Sequence[Any] = (),
        answer: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.code = code
        name = kind or code.name.lower().replace("_", "-")
        self.data: dict[str, Any] = {**answer, "code": name, "message": message}
        if details:
            self.data["problems" if code == Exit.USAGE else "findings"] = list(details)
        super().__init__(message)
