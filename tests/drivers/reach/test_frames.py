"""Probe frames as bytes, without a card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.drivers.reach.frames import SMALLEST, Heard, Probe, Reader, frame, segments_mask

MAC = bytes.fromhex("020000000001")
PROBE = Probe(
    run="run-1", sender="hv1", segment="lan", vlan=10, size=1500, cells=4, segments=3, done=True
)
HEARD = Heard("hv1", 10, 1500, 4, 3, done=True, arrived=10)
READER = Reader("run-1", "lan", ("hv1", "hv3"))


def test_a_tagged_frame_has_its_tag_in_it() -> None:
    packet = frame(PROBE, MAC)
    assert packet[:12] == b"\xff" * 6 + MAC
    assert packet[12:18] == b"\x81\0\0\x0a\x88\xb5"
    assert len(packet) == 14 + 4 + 1500


def test_an_untagged_frame_has_none() -> None:
    packet = frame(replace(PROBE, vlan=0, size=64), MAC)
    assert packet[12:14] == b"\x88\xb5"
    assert len(packet) == 14 + 64


def test_it_is_read_with_its_tag_in_it_and_with_the_kernel_having_taken_it_out() -> None:
    packet = frame(PROBE, MAC)
    assert READER.read(packet, None) == HEARD
    assert READER.read(packet[:12] + packet[16:], 0x600A) == HEARD  # of priority 3


def test_a_tag_that_was_changed_or_taken_off_on_the_way_is_seen() -> None:
    bare = frame(PROBE, MAC)
    bare = bare[:12] + bare[16:]
    assert READER.read(bare, None) == replace(HEARD, arrived=0)
    assert READER.read(bare, 20) == replace(HEARD, arrived=20)


@pytest.mark.parametrize("change", [{"run": "run-2"}, {"segment": "wan"}, {"sender": "hv2"}])
def test_other_runs_segments_and_strangers_are_not_heard(change: dict[str, Any]) -> None:
    assert READER.read(frame(replace(PROBE, **change), MAC), None) is None


def test_a_frame_cut_short_does_not_count() -> None:
    packet = frame(PROBE, MAC)
    assert READER.read(packet[:-1], None) is None
    assert READER.read(packet + b"\0" * 8, None) == HEARD  # padding does no harm


def test_the_smallest_says_everything() -> None:
    assert SMALLEST <= 64
    small = replace(PROBE, size=SMALLEST)
    assert READER.read(frame(small, MAC), None) == replace(HEARD, size=SMALLEST)


@given(st.binary(max_size=100), st.none() | st.integers(0, 0xFFFF))
def test_any_bytes_are_taken_calmly(packet: bytes, tag: int | None) -> None:
    assert READER.read(packet, tag) is None
    assert READER.read(b"\0" * 12 + b"\x88\xb5" + packet, tag) is None


@given(st.sets(st.text(max_size=10), max_size=5), st.text(max_size=10))
def test_a_mask_has_all_its_segments(segments: set[str], other: str) -> None:
    assert segments_mask([*segments, other]) & segments_mask([other])
    assert segments_mask([]) == 0
