"""A packet socket on one card, for probe frames alone (packet(7))."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Iterator

from tasks.drivers.reach.errors import CannotTry
from tasks.drivers.reach.frames import DOT1Q, ETHERTYPE, Heard, Probe, Reader, frame

# linux/if_packet.h, linux/if_ether.h, linux/sockios.h, asm-generic/socket.h
_SOL_PACKET = 263
_ADD_MEMBERSHIP, _AUXDATA, _IGNORE_OUTGOING = 1, 8, 23
_MR_PROMISC = 1
_TP_STATUS_VLAN_VALID = 1 << 4
_ETH_P_ALL = 3
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33
_SIOCGIFFLAGS, _SIOCGIFMTU = 0x8913, 0x8921
_IFF_UP, _IFF_LOOPBACK = 0x1, 0x8
_ETHERNET = 1
_AUXILIARY = struct.Struct("=IIIHHHH")
_LARGEST = 1 << 16
_ROOM = 4 << 20
"""Bytes: for what several peers with many VLANs send within a tenth of a second."""

# Classic BPF: frames of our EtherType, tagged or not, whole. Everything else that crosses a busy
# card stays in the kernel.
_LOAD_HALF, _EQUAL, _RETURN = 0x28, 0x15, 0x06
_FILTER = (
    (_LOAD_HALF, 0, 0, 12),
    (_EQUAL, 3, 0, ETHERTYPE),
    (_EQUAL, 0, 3, DOT1Q),
    (_LOAD_HALF, 0, 0, 16),
    (_EQUAL, 0, 1, ETHERTYPE),
    (_RETURN, 0, 0, 0xFFFFFFFF),
    (_RETURN, 0, 0, 0),
)


class ProbeSocket:
    """Sends probes over the card ``nic`` and hears those of others, promiscuous until closed.

    Opened where its thread stands. Raises CannotTry where the card is of no use as it is.
    """

    def __init__(self, nic: str, reader: Reader) -> None:
        self.nic = nic
        self._reader = reader
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        # Protocol 0 hears nothing: it is bound to all of them once the filter is there.
        self._socket = socket.socket(socket.AF_PACKET, kind, 0)
        try:
            self._open()
        except OSError as error:
            self._socket.close()
            if error.errno == errno.ENODEV:
                raise CannotTry(f"There is no {nic} here.") from None
            raise CannotTry(f"{nic} cannot be used: {error.strerror}.") from None
        except CannotTry:
            self._socket.close()
            raise

    def _open(self) -> None:
        flags = self._ask(_SIOCGIFFLAGS) & 0xFFFF
        self.mtu = self._ask(_SIOCGIFMTU)
        if flags & _IFF_LOOPBACK:
            raise CannotTry(f"{self.nic} is the loopback: no frame leaves by it.")
        if not flags & _IFF_UP:
            raise CannotTry(f"{self.nic} is down, and trying changes nothing: set it up first.")
        self._attach_filter()
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ROOM)
        self._socket.setsockopt(_SOL_PACKET, _AUXDATA, 1)
        self._socket.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
        # All protocols and not ours alone: so frames are heard before a bridge takes them.
        self._socket.bind((self.nic, _ETH_P_ALL))
        _, _, _, hardware, self._mac = self._socket.getsockname()
        if hardware != _ETHERNET:
            raise CannotTry(f"{self.nic} is no Ethernet card.")
        index = socket.if_nametoindex(self.nic)
        membership = struct.pack("=iHH8s", index, _MR_PROMISC, 0, b"")
        self._socket.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, membership)

    def _ask(self, what: int) -> int:
        asked = struct.pack("16si12x", os.fsencode(self.nic), 0)
        answer: int = struct.unpack("16si12x", fcntl.ioctl(self._socket, what, asked))[1]
        return answer

    def _attach_filter(self) -> None:
        program = b"".join(struct.pack("=HBBI", *one) for one in _FILTER)
        buffer = ctypes.create_string_buffer(program, len(program))
        described = struct.pack("@HP", len(_FILTER), ctypes.addressof(buffer))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, described)

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, probe: Probe) -> None:
        """Send one frame. Raises OSError with the kernel's reason (EMSGSIZE above the MTU),
        BlockingIOError where there is no room for a moment."""
        self._socket.send(frame(probe, self._mac))

    def receive(self) -> Iterator[Heard]:
        """The probes that have come from those whom the reader knows. Raises OSError where the
        card went down."""
        while True:
            try:
                packet, ancillary, _, _ = self._socket.recvmsg(_LARGEST, 256)
            except BlockingIOError:
                return
            found = self._reader.read(packet, _tag(ancillary))
            if found is not None:
                yield found

    def close(self) -> None:
        self._socket.close()


def _tag(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    """The 802.1Q tag that the kernel took out of the frame."""
    for level, kind, data in ancillary:
        if (level, kind) == (_SOL_PACKET, _AUXDATA) and len(data) >= _AUXILIARY.size:
            status, _, _, _, _, tag, _ = _AUXILIARY.unpack_from(data)
            return tag if status & _TP_STATUS_VLAN_VALID else None
    return None
