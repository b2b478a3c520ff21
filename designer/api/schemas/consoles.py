"""Consoles of VMs as they are asked for."""

from __future__ import annotations

from ninja import Schema

from designer.api.schemas.common import Strict
from designer.wire.console import ConsoleKind


class ConsoleIn(Strict):
    """``force``: take the serial port from another program on the hypervisor that has it."""

    kind: ConsoleKind
    force: bool = False


class ConsoleOut(Schema):
    """``token`` is good once, for so many seconds, for the session that asked: it is the first
    message on the websocket at ``path``."""

    token: str
    seconds: int
    path: str
