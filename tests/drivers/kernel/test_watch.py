from __future__ import annotations

import contextlib
import gc
import threading
from pathlib import Path

import pytest

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.wire import Request
from tests.drivers.ground import LAB, Ground, until
from tests.drivers.kernel.labs import bridged

pytestmark = pytest.mark.kernel


class Listener:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1


def test_every_kind_of_change_is_heard(ground: Ground) -> None:
    ground.deploy(*bridged(1))
    listener = Listener()
    with contextlib.closing(ground.kernel.watch(listener)):
        for command in (
            "link add br1 type bridge",
            "link set br1 up",
            "address add 10.5.0.1/24 dev br1",
            "route add 172.16.0.0/12 via 10.5.0.2",
            "link set tlv-br0-1 nomaster",
            f"-n {LAB}-c1 address add 10.0.0.77/24 dev eth0",
            f"-n {LAB}-c1 route add 172.16.0.0/12 via 10.0.0.5",
            f"-n {LAB}-c1 link set eth0 down",
            "link del br1",
        ):
            until_quiet(listener)
            before = listener.calls
            ground.run("ip", *command.split())
            until(lambda before=before: listener.calls > before)  # type: ignore[misc]


def test_changes_of_the_packet_filter_are_heard(ground: Ground) -> None:
    ground.deploy(*bridged(1))
    listener = Listener()
    with contextlib.closing(ground.kernel.watch(listener)):
        for netns in ("", f"{LAB}-c1"):
            for words in ("add table inet theirs", "delete table inet theirs"):
                until_quiet(listener)
                before = listener.calls
                ground.run("nft", *words.split(), netns=netns)
                until(lambda before=before: listener.calls > before)  # type: ignore[misc]


def until_quiet(listener: Listener) -> None:
    calm = threading.Event()
    while True:
        before = listener.calls
        calm.wait(0.1)
        if listener.calls == before:
            return


def test_a_burst_is_a_few_calls(ground: Ground) -> None:
    listener = Listener()
    with contextlib.closing(ground.kernel.watch(listener)):
        storm(500)
        until_quiet(listener)
    assert 1 <= listener.calls < 250


def test_closed_it_is_silent_and_leaves_no_thread(ground: Ground) -> None:
    kernel = ground.kernel
    kernel.observe(LAB)
    before = threading.active_count()
    listener = Listener()
    watch = kernel.watch(listener)
    watch.close()
    watch.close()
    ground.run("ip", "link", "add", "br1", "type", "bridge")
    assert threading.active_count() == before
    assert listener.calls == 0


def test_closing_from_within_the_call(ground: Ground) -> None:
    done = threading.Event()

    def once() -> None:
        watch.close()
        done.set()

    watch = ground.kernel.watch(once)
    ground.run("ip", "link", "add", "br1", "type", "bridge")
    assert done.wait(30)


def test_a_listener_that_fails_is_called_again(
    ground: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener()

    def failing() -> None:
        listener()
        raise RuntimeError("not today")

    with contextlib.closing(ground.kernel.watch(failing)):
        for name in ("br1", "br2"):
            before = listener.calls
            ground.run("ip", "link", "add", name, "type", "bridge")
            until(lambda before=before: listener.calls > before)  # type: ignore[misc]
    assert "not today" in caplog.text


def storm(changes: int) -> None:
    """Link changes as fast as the kernel makes them, each announced."""
    with NetlinkSocket() as socket:
        body = wire.link_body(
            wire.text(c.IFLA_IFNAME, "storm"),
            wire.nest(c.IFLA_LINKINFO, wire.text(c.IFLA_INFO_KIND, "bridge")),
            index=4711,
            flags=c.IFF_UP,  # of a link that is down a new alias is not announced
            change=c.IFF_UP,
        )
        socket.send([Request(c.RTM_NEWLINK, body, c.NLM_F_CREATE)])
        socket.send(
            [
                Request(
                    c.RTM_NEWLINK,
                    wire.link_body(wire.text(c.IFLA_IFALIAS, f"change {number}"), index=4711),
                )
                for number in range(changes)
            ]
        )


def resident() -> int:
    """Bytes of memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_a_storm_that_overruns_the_socket(ground: Ground) -> None:
    """The listener sleeps through it, so that the kernel loses events (ENOBUFS)."""
    listener = Listener()
    hold = threading.Event()

    def slow() -> None:
        listener()
        hold.wait(20)

    with contextlib.closing(ground.kernel.watch(slow)):
        storm(2000)
        gc.collect()
        before = resident()
        storm(20_000)
        assert resident() - before < 16 << 20
        heard = listener.calls
        hold.set()
        until(lambda: listener.calls > heard)
        until_quiet(listener)
        quiet = listener.calls
        ground.run("ip", "link", "set", "storm", "down")
        until(lambda: listener.calls > quiet)
