"""Checks: who must reach, or must not reach, which address, as one hypervisor is to try it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Where = Literal["namespace", "domain", "host"]
Expect = Literal["reach", "no-reach"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """One check, tried from the hypervisor where its source is.

    ``id`` is the drawn check's. ``where`` says what the ping starts from: the network namespace
    ``name`` of a container or router, inside the VM whose libvirt domain is ``name``, or the
    hypervisor's own namespace (``name`` is "" then). ``address`` is the IPv4 or IPv6 address to
    ping, without prefix; with ``port`` a TCP connection to it is what counts, and no ping:
    it reaches where the connection is accepted. ``within``: seconds in which a must-reach has to
    be answered.
    """

    id: str
    where: Where
    name: str
    address: str
    expect: Expect
    port: int | None = None
    within: int = 120
