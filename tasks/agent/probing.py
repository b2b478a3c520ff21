"""A run of probes: each NIC sends its frames time and again and writes down what it hears.

All sit in one loop. A round sends each frame once and begins every 100 ms, or when the one before
is out: frames go in small bursts, as cards and switches drop what comes too thick, and in a new
order each round, so that it is never the same ones that are dropped. It is over with the window,
or sooner, when this hypervisor has heard all it can hope for and its peers say the same of theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from designer.machine.probes import ProbeSpec
from designer.wire import agent as wire
from tasks.agent.machine import ProbeSocket
from tasks.agent.means import Means
from tasks.drivers.reach import CannotTry, Heard, Probe
from tasks.drivers.reach.frames import SMALLEST, Reader, segments_mask

ROUND = 0.1
_BURST, _BREATH = 64, 0.01
"""Frames of one NIC, and seconds until the next ones."""
_ENOUGH = 12
"""Of a peer's frames so many of one kind, and none of another: that one does not come any more."""
_GOODBYE = 5
"""Rounds after the end, so that every peer hears that we are done."""
_LEAST = 3
"""Rounds that a window should have; for all VLANs on a slow machine it is made longer,"""
_LONGER = 0.75
"""by this part of it at most: the controller waits a little more than the window."""

Cell = tuple[int, int]
"""(VLAN, size)."""


async def probe(wanted: wire.Probe, means: Means) -> list[wire.Probed.Nic]:
    """What the NICs heard within the window."""
    mask = segments_mask(spec.segment for spec in wanted.probes)
    masks: dict[str, int] = {}
    nics = [_Nic(wanted, spec, mask, masks) for spec in wanted.probes]
    with contextlib.ExitStack() as stack:
        for nic in nics:
            stack.callback(nic.close)
            await nic.open(means)
        deadline = time.monotonic() + wanted.seconds
        latest = deadline + wanted.seconds * _LONGER
        rounds = 0
        goodbye = _GOODBYE
        next_round = 0.0
        while goodbye and (now := time.monotonic()) < (latest if rounds <= _LEAST else deadline):
            done = all(nic.is_content for nic in nics)
            if now >= next_round and all(nic.is_idle for nic in nics):
                next_round = now + ROUND
                rounds += 1
                for nic in nics:
                    nic.begin_round()
                if done and all(nic.peers_are_content for nic in nics):
                    goodbye -= 1
            for nic in nics:
                nic.send(done=done)
            idle = all(nic.is_idle for nic in nics)
            await asyncio.sleep(max(0.0, next_round - now) if idle else _BREATH)
        return [nic.result() for nic in nics]


class _Nic:
    """One NIC in a run. ``mask`` tells the segments where this hypervisor sends, ``masks`` where
    its peers do, as far as any NIC of it has heard."""

    def __init__(
        self, wanted: wire.Probe, spec: ProbeSpec, mask: int, masks: dict[str, int]
    ) -> None:
        self._spec = spec
        self._peers = [name for name in wanted.peers if name != wanted.me]
        self._reader = Reader(wanted.run, spec.segment, tuple(self._peers))
        self._probes = [
            Probe(
                run=wanted.run,
                sender=wanted.me,
                segment=spec.segment,
                vlan=vlan,
                size=size,
                cells=len(spec.vlans) * len(spec.sizes),
                segments=mask,
            )
            for vlan in spec.vlans
            for size in spec.sizes
            if size >= SMALLEST
        ]
        self._unsent: list[Probe] = []
        self._heard: dict[str, Counter[Cell]] = {name: Counter() for name in self._peers}
        self._cells: dict[str, int] = {}
        self._masks = masks
        self._mine = segments_mask([spec.segment])
        self._content: set[str] = set()
        self._errors: dict[str, None] = {}
        self._socket: ProbeSocket | None = None

    async def open(self, means: Means) -> None:
        """Listen from here on; a card that is of no use is written down."""
        opening = partial(means.machine.probe, self._spec.nic, self._reader)
        try:
            self._socket = await means.open(opening)
        except CannotTry as error:
            self._errors[error.words] = None
            return
        small = [size for size in self._spec.sizes if size < SMALLEST]
        large = [size for size in self._spec.sizes if size > self._socket.mtu]
        if small:
            self._say(f"{_sizes(small)} are too small for a probe, which has {SMALLEST}")
        if large:
            self._say(f"{_sizes(large)} do not fit its MTU of {self._socket.mtu}")
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._hear)

    def close(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()

    def begin_round(self) -> None:
        if self._socket is not None:
            fitting = [probe for probe in self._probes if probe.size <= self._socket.mtu]
            self._unsent = random.sample(fitting, len(fitting))

    @property
    def is_idle(self) -> bool:
        """Whether this round's frames are out."""
        return not self._unsent

    def send(self, *, done: bool) -> None:
        """The frames that are next."""
        for _ in range(min(len(self._unsent), _BURST)):
            assert self._socket is not None
            try:
                self._socket.send(replace(self._unsent[-1], done=done))
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:  # it was dropped on the way out, as others are
                    self._say(error.strerror or str(error))
            self._unsent.pop()

    @property
    def is_content(self) -> bool:
        """Whether nothing more is to be hoped for. Of a peer of which nothing was heard there
        always is, unless its frames on another NIC told that it is not on this segment."""
        return self._socket is None or all(self._is_heard_out(name) for name in self._peers)

    def _is_heard_out(self, peer: str) -> bool:
        heard = self._heard[peer]
        if not heard:
            return self._is_elsewhere(peer)
        return len(heard) >= self._cells[peer] or max(heard.values()) >= _ENOUGH

    @property
    def peers_are_content(self) -> bool:
        return self._socket is None or all(
            name in self._content or self._is_elsewhere(name) for name in self._peers
        )

    def _is_elsewhere(self, peer: str) -> bool:
        return peer in self._masks and not self._masks[peer] & self._mine

    def result(self) -> wire.Probed.Nic:
        heard = [
            (peer, vlan, size)
            for peer, cells in sorted(self._heard.items())
            for vlan, size in sorted(cells)
        ]
        return wire.Probed.Nic(
            segment=self._spec.segment,
            nic=self._spec.nic,
            error=" ".join(self._errors),
            tried=self._socket is not None,
            heard=heard,
        )

    def _hear(self) -> None:
        assert self._socket is not None
        try:
            for one in self._socket.receive():
                self._take(one)
        except OSError as error:
            self._say(error.strerror or str(error))

    def _take(self, heard: Heard) -> None:
        self._masks[heard.sender] = heard.segments
        if heard.done:
            self._content.add(heard.sender)
        if heard.arrived != heard.vlan:
            arrived = f"in VLAN {heard.arrived}" if heard.arrived else "untagged"
            sent = f"in VLAN {heard.vlan}" if heard.vlan else "untagged"
            self._say(f"what {heard.sender} sends {sent} arrives {arrived}")
            return
        self._cells[heard.sender] = heard.cells
        self._heard[heard.sender][heard.vlan, heard.size] += 1

    def _say(self, words: str) -> None:
        if len(self._errors) < 20:
            self._errors[f"{self._spec.nic}: {words}."] = None


def _sizes(sizes: Sequence[int]) -> str:
    return f"frames of {' and '.join(map(str, sizes))} bytes"
