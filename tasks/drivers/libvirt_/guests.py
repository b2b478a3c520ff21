"""Programs run inside a VM, by QEMU's guest agent there (QEMU docs/interop/qemu-ga-ref).

A program is begun, and asked after later: nothing waits for a guest longer than its agent takes to
answer a question. libvirt keeps these apart from what changes a domain (its agent job), so that
they hold up no deployment, and a domain that is destroyed meanwhile ends them.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import libvirt
import libvirt_qemu

from tasks.drivers.libvirt_.connection import Connection
from tasks.drivers.libvirt_.marked import marked
from tasks.drivers.reach.errors import CannotTry

T = TypeVar("T")

_ANSWER = 10
"""Seconds that an agent may take to answer: emulated and loaded ones are slow."""
_INSTALL = (
    "No guest agent answers in this VM: install and start qemu-guest-agent in it to have checks "
    "run from there."
)


@dataclass(frozen=True, slots=True)
class Ended:
    """A program in a VM that is over; ``output`` is the start of what it wrote."""

    status: int
    output: str


class Guests:
    """From any thread, on the connection that the driver has."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, lab: str, domain: str, argv: Sequence[str]) -> int:
        """Begin a program in a VM of the lab; its number there. Raises CannotTry."""
        program, *arguments = argv
        asked = {"path": program, "arg": list(arguments), "capture-output": True}
        try:
            answer = self._ask(lab, domain, "guest-exec", asked)
        except libvirt.libvirtError as error:
            raise _why(error, program) from None
        return int(answer["pid"])

    def ended(self, lab: str, domain: str, number: int) -> Ended | None:
        """How it ended; None while it runs. Raises CannotTry. An agent that was started anew does
        not know it any more."""
        try:
            answer = self._ask(lab, domain, "guest-exec-status", {"pid": number})
        except libvirt.libvirtError as error:
            raise _why(error, "", passing=True) from None
        if not answer.get("exited"):
            return None
        return Ended(int(answer.get("exitcode", -1)), _text(answer.get("out-data", "")))

    def _ask(self, lab: str, domain: str, command: str, arguments: dict[str, Any]) -> Any:
        text = json.dumps({"execute": command, "arguments": arguments})

        def ask(handle: Any) -> Any:
            return json.loads(libvirt_qemu.qemuAgentCommand(handle, text, _ANSWER, 0))["return"]

        return self._on(lab, domain, ask)

    def _on(self, lab: str, domain: str, what: Callable[[Any], T]) -> T:
        return self._connection.do(lambda connection: what(marked(connection, lab, domain)), wait=0)


def _why(error: libvirt.libvirtError, program: str, *, passing: bool = False) -> CannotTry:
    """What is missing, and whether waiting may help."""
    words = str(error.get_error_message() or error)
    match error.get_error_code():
        case libvirt.VIR_ERR_AGENT_UNRESPONSIVE | libvirt.VIR_ERR_AGENT_UNSYNCED:
            return CannotTry(_INSTALL, passing=True)
        case libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED | libvirt.VIR_ERR_CONFIG_UNSUPPORTED:
            return CannotTry("This VM was started without a port for a guest agent: restart it.")
        case libvirt.VIR_ERR_OPERATION_INVALID:
            return CannotTry("The VM does not run.", passing=True)
    if "has been disabled" in words or "has not been found" in words:
        return CannotTry(
            f"The guest agent in this VM may not run programs: allow guest-exec there ({words})."
        )
    if program and "No such file" in words:
        return CannotTry(f"There is no program {program} in this VM: install it there.")
    return CannotTry(words, passing=passing)


def _text(data: str) -> str:
    try:
        return base64.b64decode(data).decode(errors="replace")
    except binascii.Error:
        return ""
