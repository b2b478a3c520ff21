"""Why something was not done. The message says whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from designer.labs.errors import Refused


class NotDeployable(Refused):
    """The design may not be deployed as it is drawn; nothing was written or sent. The user mends
    the design. ``findings`` has every reason, and the warnings beside them."""

    def __init__(self, findings: Sequence[Mapping[str, Any]]) -> None:
        self.findings = tuple(findings)
        count = sum(1 for finding in findings if finding["severity"] == "error")
        things = "one finding" if count == 1 else f"{count} findings"
        super().__init__("findings", f"The design cannot be deployed: {things} to be mended first.")


class Conflict(Refused):
    """Something else is in the way, or has changed meanwhile. The user looks again and decides."""


class BadToken(Refused):
    """An enrolment token that lets nobody in. The administrator makes a new one."""

    def __init__(self, message: str) -> None:
        super().__init__("token", message)


class BadPlacement(Refused):
    """A placement that names a host or a hypervisor that is not there."""

    def __init__(self, message: str) -> None:
        super().__init__("placement", message)
