"""Probe frames as bytes: what hypervisors send each other over a segment to see what passes.

EtherType 0x88B5 is IEEE 802's for local experiments (IEEE 802, 9.2.4): nothing that stands on the
way takes it for its own. The payload says from whom it is, for which run, and as what it was sent,
so that a switch that changes a tag is seen to.
"""

from __future__ import annotations

import functools
import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass

ETHERTYPE = 0x88B5
DOT1Q = 0x8100
_BROADCAST = b"\xff" * 6
_MAGIC = b"TrkP"
_HEAD = struct.Struct("!4s16s8s4sHHIIB")
SMALLEST = _HEAD.size
"""Bytes of payload that a probe needs for what it says."""


@dataclass(frozen=True, slots=True)
class Probe:
    """``size`` in bytes of payload; ``vlan`` 0 is untagged. ``cells`` is how many kinds of frames
    the sender sends on this segment, ``segments`` is :func:`segments_mask` of all where it sends,
    ``done`` says that it has heard all that it waits for."""

    run: str
    sender: str
    segment: str
    vlan: int
    size: int
    cells: int = 0
    segments: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A probe as it arrived: ``arrived`` is the VLAN of its tag when it did, 0 for none."""

    sender: str
    vlan: int
    size: int
    cells: int
    segments: int
    done: bool
    arrived: int


def segments_mask(segments: Iterable[str]) -> int:
    """A set of segments in 32 bits, by which one that is not in it is known, mostly."""
    mask = 0
    for segment in segments:
        mask |= 1 << _digest(segment, 4)[0] % 32
    return mask


def frame(probe: Probe, mac: bytes) -> bytes:
    """The frame to send from that address, its 802.1Q tag in it where it has one."""
    tag = struct.pack("!HH", DOT1Q, probe.vlan) if probe.vlan else b""
    head = _HEAD.pack(
        _MAGIC,
        _digest(probe.run, 16),
        _digest(probe.sender, 8),
        _digest(probe.segment, 4),
        probe.vlan,
        probe.size,
        probe.cells,
        probe.segments,
        probe.done,
    )
    return _BROADCAST + mac + tag + struct.pack("!H", ETHERTYPE) + head.ljust(probe.size, b"\0")


class Reader:
    """Knows the probes of one run on one segment from ``senders``, and nothing else."""

    def __init__(self, run: str, segment: str, senders: tuple[str, ...]) -> None:
        self._run, self._segment = _digest(run, 16), _digest(segment, 4)
        self._senders = {_digest(name, 8): name for name in senders}

    def read(self, packet: bytes, tag: int | None) -> Heard | None:
        """``tag`` is the tag's 16 bits where the kernel took it out of the frame."""
        if len(packet) < 14:
            return None
        kind, at = int.from_bytes(packet[12:14], "big"), 14
        if kind == DOT1Q and len(packet) >= 18:
            tag = int.from_bytes(packet[14:16], "big")
            kind, at = int.from_bytes(packet[16:18], "big"), 18
        payload = packet[at:]
        if kind != ETHERTYPE or len(payload) < SMALLEST:
            return None
        magic, run, sender, segment, vlan, size, cells, segments, done = _HEAD.unpack_from(payload)
        name = self._senders.get(sender)
        if (magic, run, segment) != (_MAGIC, self._run, self._segment) or name is None:
            return None
        if len(payload) < size:  # somebody cut it short
            return None
        return Heard(name, vlan, size, cells, segments, bool(done), (tag or 0) & 0xFFF)


@functools.lru_cache(maxsize=1024)
def _digest(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=size).digest()
