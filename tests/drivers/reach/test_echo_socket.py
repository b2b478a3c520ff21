"""Echo requests through the real kernel, from namespaces of a lab."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tasks.drivers.reach import Answer, CannotTry, EchoSocket, Reach
from tests.drivers.ground import LAB, MARK, OTHER, Ground, until

pytestmark = pytest.mark.kernel
TOKEN = b"0123456789abcdef"


@contextlib.contextmanager
def a_network(ground: Ground) -> Iterator[Reach]:
    """pc 10.0.0.2, fd00::2 — gw 10.0.0.1, fd00::1, where everything else is forbidden; one
    namespace is another lab's."""
    ground.sh(f"""
        netns add pc
        netns add gw
        netns add foreign
        -n pc link set lo up alias {MARK}
        -n gw link set lo up alias {MARK}
        -n foreign link set lo alias trunkline:{OTHER}:d
        -n pc link add eth0 type veth peer name eth0 netns gw
        -n pc address add 10.0.0.2/24 dev eth0
        -n gw address add 10.0.0.1/24 dev eth0
        -n pc address add fd00::2/64 dev eth0 nodad
        -n gw address add fd00::1/64 dev eth0 nodad
        -n pc link set eth0 up
        -n gw link set eth0 up
        -n pc route add default via 10.0.0.1
        -n pc -6 route add default via fd00::1
        -n gw route add prohibit 10.9.0.0/16
        -n gw route add unreachable 10.8.0.0/16
    """)
    for file in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        ground.run("sysctl", "-q", f"net/{file}=1", netns="gw")
    with contextlib.closing(Reach()) as reach:
        yield reach


@contextlib.contextmanager
def opened(reach: Reach, netns: str = "pc", *, ipv6: bool = False) -> Iterator[EchoSocket]:
    socket = reach.echo(LAB, netns, ipv6=ipv6, identifier=77, token=TOKEN)
    with contextlib.closing(socket):
        yield socket


def answers(socket: EchoSocket, seconds: float = 5) -> list[tuple[str, Answer]]:
    """What comes first; nothing where nothing comes."""
    found: list[tuple[str, Answer]] = []

    def look() -> bool:
        found.extend(socket.receive())
        return bool(found)

    with contextlib.suppress(AssertionError):
        until(look, seconds)
    return found


@pytest.mark.parametrize(
    ("ipv6", "address"), [(False, "10.0.0.1"), (True, "fd00::1"), (False, "127.0.0.1")]
)
def test_who_is_there_answers(ground: Ground, ipv6: bool, address: str) -> None:
    with a_network(ground) as reach, opened(reach, ipv6=ipv6) as socket:
        for sequence in (5, 65535):
            socket.send(address, sequence)
            assert answers(socket) == [(address, Answer(sequence, "reply"))]


@pytest.mark.parametrize(("ipv6", "address"), [(False, "10.0.0.77"), (True, "fd00::77")])
def test_who_is_not_there_does_not(ground: Ground, ipv6: bool, address: str) -> None:
    with a_network(ground) as reach, opened(reach, ipv6=ipv6) as socket:
        socket.send(address, 1)
        assert answers(socket, 0.5) == []


def test_the_gateway_says_why_not(ground: Ground) -> None:
    with a_network(ground) as reach, opened(reach) as socket:
        said = {"10.9.0.1": "it is forbidden there", "10.8.0.1": "nobody there answers to that"}
        for sequence, (address, words) in enumerate(said.items()):
            socket.send(address, sequence)
            ((sender, answer),) = answers(socket)
            assert (sender, answer.sequence, answer.kind) == ("10.0.0.1", sequence, "error")
            assert words in answer.words


def test_without_a_route_the_kernel_refuses(ground: Ground) -> None:
    unreachable = pytest.raises(OSError, match="Network is unreachable")
    with a_network(ground) as reach, opened(reach, "gw") as socket, unreachable:
        socket.send("192.0.2.1", 1)


def test_the_hypervisor_itself_is_a_place(ground: Ground) -> None:
    ground.sh("""
        link add br0 type bridge
        address add 10.1.0.1/24 dev br0
        link set br0 up
    """)
    with a_network(ground) as reach, opened(reach, "") as socket:
        socket.send("10.1.0.1", 1)
        assert answers(socket) == [("10.1.0.1", Answer(1, "reply"))]
        with pytest.raises(OSError, match="Network is unreachable"):
            socket.send("10.0.0.1", 2)  # that is another namespace's


def test_another_socket_takes_up_late_answers(ground: Ground) -> None:
    with a_network(ground) as reach, opened(reach) as first, opened(reach) as second:
        first.send("10.0.0.1", 3)
        assert answers(second) == [("10.0.0.1", Answer(3, "reply"))]


def test_pings_of_others_are_not_ours(ground: Ground) -> None:
    with a_network(ground) as reach, opened(reach) as socket:
        ground.run("ping", "-c", "1", "10.0.0.1", netns="pc")
        other = reach.echo(LAB, "pc", ipv6=False, identifier=77, token=b"of somebody else")
        with contextlib.closing(other):
            other.send("10.0.0.1", 4)
            assert answers(other) == [("10.0.0.1", Answer(4, "reply"))]
        assert answers(socket, 0.2) == []


@pytest.mark.parametrize(
    ("netns", "words"),
    [
        ("nowhere", "There is no network namespace nowhere here"),
        ("foreign", "does not carry this lab's mark"),
        ("../netns/pc", "is no name of a network namespace"),
        ("..", "is no name of a network namespace"),
    ],
)
def test_it_goes_only_where_the_lab_is(ground: Ground, netns: str, words: str) -> None:
    with a_network(ground) as reach, pytest.raises(CannotTry) as refused:
        reach.echo(LAB, netns, ipv6=False, identifier=1, token=TOKEN)
    assert words in refused.value.words
    assert not refused.value.passing


def test_a_namespace_is_gone_once_the_socket_is_closed(ground: Ground) -> None:
    """Its veth ends live as long as it does."""
    ground.sh(f"""
        netns add pc
        -n pc link set lo up alias {MARK}
        link add v0 type veth peer name eth0 netns pc
    """)
    with contextlib.closing(Reach()) as reach:
        socket = reach.echo(LAB, "pc", ipv6=False, identifier=1, token=TOKEN)
        ground.run("ip", "netns", "delete", "pc")
        assert "v0" in ground.links()
        socket.close()
        until(lambda: "v0" not in ground.links())
