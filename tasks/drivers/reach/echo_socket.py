"""A raw ICMP socket of one namespace."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

from tasks.drivers.reach import echoes

_SOL_RAW, _ICMP_FILTER = 255, 1
"""linux/in.h, linux/icmp.h."""
_ICMPV6_FILTER = 1
"""linux/icmpv6.h."""
_LARGEST = 2048
_HEARD = {False: (0, 3, 11), True: (1, 3, 129)}
"""Types of ICMP and ICMPv6 that say something about an echo request."""


class EchoSocket:
    """Opened where its thread stands, and of that namespace from then on: keep it for moments
    only, as a namespace that is removed lives on until its last socket is closed.

    ``identifier`` and ``token`` know answers from those of others; with the same ones another
    socket takes up late answers.
    """

    def __init__(self, *, ipv6: bool, identifier: int, token: bytes) -> None:
        self._ipv6, self._identifier, self._token = ipv6, identifier, token
        family = socket.AF_INET6 if ipv6 else socket.AF_INET
        protocol = socket.IPPROTO_ICMPV6 if ipv6 else socket.IPPROTO_ICMP
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(family, kind, protocol)
        # Without these filters every packet of a busy namespace would wake us. A bit that is set
        # keeps its type out.
        if ipv6:
            out = (1 << 256) - 1 - sum(1 << kind for kind in _HEARD[True])
            words = struct.pack("=8I", *(out >> 32 * place & 0xFFFFFFFF for place in range(8)))
            self._socket.setsockopt(socket.IPPROTO_ICMPV6, _ICMPV6_FILTER, words)
        else:
            out = (1 << 32) - 1 - sum(1 << kind for kind in _HEARD[False])
            self._socket.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", out))

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, address: str, sequence: int) -> None:
        """Send an echo request. Raises OSError with the kernel's reason, BlockingIOError where
        there is no room for a moment."""
        packet = echoes.request(self._ipv6, self._identifier, sequence, self._token)
        self._socket.sendto(packet, (address, 0))

    def receive(self) -> Iterator[tuple[str, echoes.Answer]]:
        """What has come about requests of ours: (who said it, what)."""
        while True:
            try:
                packet, (sender, *_) = self._socket.recvfrom(_LARGEST)
            except OSError:  # nothing more; or an earlier request's failure, which is told once
                return
            sender = sender.partition("%")[0]
            found = echoes.answer(self._ipv6, packet, sender, self._identifier, self._token)
            if found is not None:
                yield sender, found

    def close(self) -> None:
        self._socket.close()
