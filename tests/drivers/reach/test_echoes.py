"""Echo requests and what is made of what comes back, without a kernel."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.drivers.reach.echoes import Answer, answer, request

TOKEN = b"a token of ours"
V4_HEADER = b"\x45" + bytes(19)
V4_LONGER = b"\x46" + bytes(23)
V6_HEADER = bytes(40)


def reply(ipv6: bool, identifier: int, sequence: int, token: bytes = TOKEN) -> bytes:
    head = struct.pack("!BBHHH", 129 if ipv6 else 0, 0, 0, identifier, sequence)
    return (b"" if ipv6 else V4_HEADER) + head + token


def unreachable(ipv6: bool, code: int, identifier: int, sequence: int) -> bytes:
    asked = (V6_HEADER if ipv6 else V4_LONGER) + request(ipv6, identifier, sequence, TOKEN)[:8]
    head = struct.pack("!BBHI", 1 if ipv6 else 3, code, 0, 0)
    return (b"" if ipv6 else V4_HEADER) + head + asked


def test_a_request_sums_up_to_nothing() -> None:
    packet = request(False, 0x1234, 7, TOKEN) + b"\0"
    assert packet[:2] == b"\x08\0"
    total = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert total == 0xFFFF  # RFC 1071: a right packet, its checksum included


def test_the_kernel_sums_up_icmpv6() -> None:
    assert request(True, 1, 2, b"") == b"\x80\0\0\0\0\1\0\2"


@pytest.mark.parametrize("ipv6", [False, True])
def test_a_reply_is_known(ipv6: bool) -> None:
    assert answer(ipv6, reply(ipv6, 5, 9), "x", 5, TOKEN) == Answer(9, "reply")


@pytest.mark.parametrize("ipv6", [False, True])
@pytest.mark.parametrize("change", [{"identifier": 6}, {"token": b"another"}])
def test_the_reply_to_somebody_else_is_not(ipv6: bool, change: dict[str, object]) -> None:
    arguments = {"identifier": 5, "token": TOKEN} | change
    packet = reply(ipv6, arguments["identifier"], 9, arguments["token"])  # type: ignore[arg-type]
    assert answer(ipv6, packet, "x", 5, TOKEN) is None


@pytest.mark.parametrize("ipv6", [False, True])
def test_our_own_request_is_no_answer(ipv6: bool) -> None:
    packet = (b"" if ipv6 else V4_HEADER) + request(ipv6, 5, 9, TOKEN)
    assert answer(ipv6, packet, "x", 5, TOKEN) is None


@pytest.mark.parametrize(
    ("ipv6", "code", "words"),
    [
        (False, 0, "10.0.0.1 says that it has no route there"),
        (False, 1, "10.0.0.1 says that nobody there answers to that address"),
        (False, 13, "10.0.0.1 says that it is forbidden there"),
        (False, 99, "10.0.0.1 says that it cannot be reached (code 99)"),
        (True, 0, "10.0.0.1 says that it has no route there"),
        (True, 1, "10.0.0.1 says that it is forbidden there"),
        (True, 3, "10.0.0.1 says that nobody there answers to that address"),
    ],
)
def test_an_error_is_told_in_words(ipv6: bool, code: int, words: str) -> None:
    packet = unreachable(ipv6, code, 5, 9)
    assert answer(ipv6, packet, "10.0.0.1", 5, TOKEN) == Answer(9, "error", words)
    assert answer(ipv6, packet, "10.0.0.1", 6, TOKEN) is None


@given(st.booleans(), st.binary(max_size=120))
def test_any_bytes_are_taken_calmly(ipv6: bool, packet: bytes) -> None:
    assert answer(ipv6, packet, "x", 5, TOKEN) is None


@given(st.booleans(), st.integers(0, 80))
def test_what_is_cut_short_is_no_answer_or_the_right_one(ipv6: bool, size: int) -> None:
    packet = unreachable(ipv6, 0, 5, 9)
    found = answer(ipv6, packet[:size], "x", 5, TOKEN)
    assert found is None or (found.sequence, found.kind) == (9, "error")
