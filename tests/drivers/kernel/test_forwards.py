"""Ports of a hypervisor that lead to what is behind its networks, and the guard of these."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from designer.machine.resources import (
    Address,
    Behind,
    Bridge,
    Forward,
    Namespace,
    NatTable,
    Resource,
    Route,
    Veth,
)
from tasks.drivers import OperationFailed
from tasks.drivers.kernel import nft, tables, xtables
from tests.drivers.ground import LAB, OTHER, Ground, create, delete, until
from tests.drivers.kernel.test_filters import needs, network

pytestmark = pytest.mark.kernel

WEB, NEIGHBOUR, OUTSIDE = f"{LAB}-web", f"{LAB}-neighbour", f"{LAB}-outside"
HERE = ("192.0.2.1", "2001:db8::1")
"""The hypervisor's addresses towards the outside."""
SIX = Forward(protocol="tcp", port=8080, to="fd00::2", to_port=80, near="fd00::/64")
FORWARDS = (
    Forward(protocol="tcp", port=8080, to="10.1.0.2", to_port=80, near="10.1.0.0/24"),
    replace(SIX, port=8086),
)
BEHIND = Behind(bridge="virbr7", subnets=("10.1.0.0/24", "fd00::/64"))
TABLE = NatTable(netns="", name=f"trunkline-{LAB}", behind=(BEHIND,), forwards=FORWARDS, owner=LAB)
_ANSWERING = """
import http.server, socket, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.client_address[0].removeprefix("::ffff:").encode())
    def log_message(self, *words):
        pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
Server(("::", int(sys.argv[1])), Handler).serve_forever()
"""
_ASKING = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=float(sys.argv[2])).read().decode())
"""


@pytest.fixture(params=[nft, xtables], ids=["nft", "xtables"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    chosen: ModuleType = request.param
    monkeypatch.setattr(tables, "_way", lambda: chosen)
    needs(chosen)
    return chosen


@contextlib.contextmanager
def world(ground: Ground) -> Iterator[None]:
    """A network with two machines, of which one answers at ports 80 and 81, and somebody outside
    who has a route to them."""
    for family in ("ipv4", "ipv6"):
        Path(f"/proc/sys/net/{family}/conf/all/forwarding").write_text("1")
    deploy(ground)
    add = ("ip", "route", "add")
    ground.run(*add, "10.1.0.0/24", "via", HERE[0], netns=OUTSIDE)
    ground.run(*add, "fd00::/64", "via", HERE[1], netns=OUTSIDE)
    with answering(WEB, 80), answering(WEB, 81):
        yield


def machines() -> list[Resource]:
    found: list[Resource] = [Bridge(name="virbr7", owner=LAB), Bridge(name="br-out", owner=LAB)]
    plugged = (
        (WEB, "virbr7", ("10.1.0.2/24", "fd00::2/64"), "10.1.0.1", "fd00::1"),
        (NEIGHBOUR, "virbr7", ("10.1.0.3/24", "fd00::3/64"), "10.1.0.1", "fd00::1"),
        (OUTSIDE, "br-out", ("192.0.2.2/24", "2001:db8::2/64"), "", ""),
    )
    for name, bridge, addresses, *gateways in plugged:
        tap = name.removeprefix(f"{LAB}-")
        found += [
            Namespace(name=name, owner=LAB),
            Veth(name=tap, peer="eth0", peer_netns=name, master=bridge, ipv6=False, owner=LAB),
            Veth(netns=name, name="eth0", peer=tap, owner=LAB),
            *(Address(netns=name, link="eth0", address=one, owner=LAB) for one in addresses),
        ]
        for to, via in zip(("0.0.0.0/0", "::/0"), filter(None, gateways), strict=False):
            found.append(Route(netns=name, to=to, via=via, owner=LAB))
    for bridge, address in (
        ("virbr7", "10.1.0.1/24"),
        ("virbr7", "fd00::1/64"),
        ("br-out", f"{HERE[0]}/24"),
        ("br-out", f"{HERE[1]}/64"),
    ):
        found.append(Address(link=bridge, address=address, owner=LAB))
    return found


@contextlib.contextmanager
def answering(netns: str, port: int) -> Iterator[None]:
    """A server that tells who asks."""
    inside = ["ip", "netns", "exec", netns] if netns else []
    server = subprocess.Popen([*inside, sys.executable, "-c", _ANSWERING, str(port)])
    try:
        until(lambda: f":{port:04X} " in sockets(netns))
        yield
    finally:
        server.kill()
        server.wait()


def sockets(netns: str) -> str:
    inside = ["ip", "netns", "exec", netns] if netns else []
    return subprocess.run(
        [*inside, "cat", "/proc/thread-self/net/tcp6"], capture_output=True, text=True
    ).stdout


def asks(source: str, address: str, port: int, *, seconds: float = 10) -> str | None:
    """As whom the source is answered; None where it is not within that time."""
    at = f"[{address}]" if ":" in address else address
    inside = ["ip", "netns", "exec", source] if source else []
    done = subprocess.run(
        [*inside, sys.executable, "-c", _ASKING, f"http://{at}:{port}", str(seconds)],
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() if done.returncode == 0 else None


def unanswered(source: str, address: str, port: int) -> bool:
    return asks(source, address, port, seconds=1) is None


def deploy(ground: Ground, *more: Resource) -> None:
    ground.deploy(*machines(), *more)


def test_the_outside_reaches_what_is_forwarded_and_nothing_else(
    ground: Ground, way: ModuleType
) -> None:
    with world(ground):
        assert unanswered(OUTSIDE, HERE[0], 8080)  # nobody answers there by itself
        assert asks(OUTSIDE, "10.1.0.2", 81) == "192.0.2.2"  # nor is anything shut
        deploy(ground, TABLE)
        for here, port, there, who in (
            (HERE[0], 8080, "10.1.0.2", "192.0.2.2"),
            (HERE[1], 8086, "fd00::2", "2001:db8::2"),
        ):
            assert asks(OUTSIDE, here, port) == who
            assert unanswered(OUTSIDE, there, 80)
            assert unanswered(OUTSIDE, there, 81)
            assert unanswered(OUTSIDE, here, 81)


def test_what_is_behind_goes_out_under_the_hypervisors_address(
    ground: Ground, way: ModuleType
) -> None:
    with world(ground):
        deploy(ground, TABLE)
        with answering(OUTSIDE, 82):
            assert asks(NEIGHBOUR, "192.0.2.2", 82) == HERE[0]
            assert asks(NEIGHBOUR, "2001:db8::2", 82) == HERE[1]
        assert asks(NEIGHBOUR, "10.1.0.2", 81) == "10.1.0.3"  # and by its own to its neighbours


def test_a_neighbour_and_the_hypervisor_itself_reach_it_by_the_same_port(
    ground: Ground, way: ModuleType
) -> None:
    with world(ground):
        deploy(ground, TABLE)
        for who in (NEIGHBOUR, ""):
            for here, port in ((HERE[0], 8080), ("10.1.0.1", 8080), (HERE[1], 8086)):
                assert asks(who, here, port) is not None, (who, here)
        assert unanswered("", "127.0.0.1", 8080)  # what is nobody else's is left alone


def test_the_target_reaches_itself_where_bridges_leave_the_packet_filter_alone(
    ground: Ground, way: ModuleType
) -> None:
    with world(ground):
        for family in ("ip", "ip6"):
            calls = Path(f"/proc/sys/net/bridge/bridge-nf-call-{family}tables")
            if calls.exists():
                calls.write_text("0")
        deploy(ground, TABLE)
        assert asks(WEB, HERE[0], 8080) is not None
        assert asks(WEB, HERE[1], 8086) is not None


def test_a_packet_filter_that_drops_what_is_forwarded_has_to_accept_it(ground: Ground) -> None:
    """As rules.placed.dropped says it; the lab's own guard stands then, too."""
    needs(nft)
    with world(ground):
        deploy(ground, TABLE)
        ground.run("iptables-nft", "-P", "FORWARD", "DROP")
        assert ground.kernel.inventory().dropping == ("ip filter FORWARD",)
        assert unanswered(OUTSIDE, HERE[0], 8080)
        for side in ("oifname", "iifname"):
            ground.run("nft", *f"insert rule ip filter FORWARD {side} virbr7 accept".split())
        assert asks(OUTSIDE, HERE[0], 8080) == "192.0.2.2"
        assert unanswered(OUTSIDE, "10.1.0.2", 80)


def test_it_changes_and_goes(ground: Ground, way: ModuleType) -> None:
    with world(ground):
        deploy(ground, TABLE)
        other = (replace(FORWARDS[0], port=8081, to_port=81),)
        deploy(ground, replace(TABLE, forwards=other))
        assert unanswered(OUTSIDE, HERE[0], 8080)
        assert asks(OUTSIDE, HERE[0], 8081) == "192.0.2.2"
        deploy(ground, replace(TABLE, forwards=()))
        assert unanswered(OUTSIDE, HERE[0], 8081)
        assert unanswered(OUTSIDE, "10.1.0.2", 81)  # the guard stays
        assert unanswered(NEIGHBOUR, HERE[0], 8081)
        for _ in range(2):
            ground.perform(delete(TABLE))
            assert "trunkline" not in rules(ground)
        assert asks(OUTSIDE, "10.1.0.2", 81) == "192.0.2.2"


def test_what_somebody_took_out_is_missed(ground: Ground, way: ModuleType) -> None:
    with world(ground):
        deploy(ground, TABLE)
        if way is nft:
            ground.run("nft", "flush", "chain", "inet", TABLE.name, "output")
            lost: tuple[str, ...] = ("forwards",)
        else:
            ground.run("iptables-legacy", "-t", "nat", "-F", "OUTPUT")
            lost = ("forwards",)
        (operation,) = ground.deploy(*machines(), TABLE)
        assert operation.fields == lost
        if way is nft:
            ground.run("nft", "flush", "chain", "inet", TABLE.name, "forward")
        else:
            ground.run("iptables-legacy", "-F", "FORWARD")
        (operation,) = ground.deploy(*machines(), TABLE)
        assert operation.fields == ("behind", "forwards")
        assert ground.deploy(*machines(), TABLE) == ()


def test_two_labs_and_what_is_nobodys(ground: Ground, way: ModuleType) -> None:
    with world(ground):
        """Each has a table of its own beside others' rules, and takes away no more than that."""
        theirs = NatTable(
            netns="",
            name=f"trunkline-{OTHER}",
            behind=(Behind(bridge="virbr8", subnets=("10.2.0.0/24",)),),
            owner=OTHER,
        )
        ground.run("iptables-legacy" if way is xtables else "iptables-nft", "-N", "SOMEBODYS")
        ground.deploy(theirs, lab=OTHER)
        before = rules(ground)
        deploy(ground, TABLE)
        assert asks(OUTSIDE, HERE[0], 8080) == "192.0.2.2"
        assert ground.observe(lab=OTHER).resources == {theirs.key: theirs}
        ground.perform(delete(TABLE))
        assert rules(ground) == before


def rules(ground: Ground) -> str:
    said = ground.run("nft", "list", "ruleset")
    for family in ("iptables", "ip6tables"):
        lines = ground.run(f"{family}-legacy-save").splitlines()
        # Tables without a rule stay behind; packets are counted.
        said += "\n".join(one.split(" [")[0] for one in lines if one.startswith(("-A", ":trunk")))
    return said


def test_a_port_on_which_somebody_listens_is_not_taken(ground: Ground, way: ModuleType) -> None:
    with world(ground):
        with socket.create_server((HERE[0], 8080)):
            with pytest.raises(OperationFailed) as raised:
                ground.perform(create(TABLE))
            assert "listens on the TCP port 8080" in raised.value.words
            assert ground.observe([TABLE.key]).get(TABLE.key) is None
            other = replace(TABLE, forwards=FORWARDS[1:])
            deploy(ground, other)
        with socket.create_server(("127.0.0.1", 8080)):  # nobody else's
            deploy(ground, TABLE)
        with socket.create_server((HERE[0], 8080)):  # who comes later does not undo it
            deploy(ground, replace(TABLE, forwards=(FORWARDS[0],)))


def test_udp_goes_there_too(ground: Ground, way: ModuleType) -> None:
    with world(ground):
        udp = Forward(protocol="udp", port=5353, to="10.1.0.2", to_port=53, near="10.1.0.0/24")
        deploy(ground, replace(TABLE, forwards=(udp,)))
        server = subprocess.Popen(
            ["ip", "netns", "exec", WEB, sys.executable, "-c",
             "import socket; s = socket.socket(type=2); s.bind(('', 53))\n"
             "print('ready', flush=True)\n"
             "said, who = s.recvfrom(99); s.sendto(said + who[0].encode(), who)"],
            stdout=subprocess.PIPE,
        )  # fmt: skip
        with server:
            assert server.stdout is not None
            server.stdout.readline()
            told = ground.run(
                sys.executable, "-c",
                "import socket; s = socket.socket(type=2); s.settimeout(5)\n"
                f"s.sendto(b'hello ', ('{HERE[0]}', 5353)); print(s.recv(99).decode())",
                netns=OUTSIDE,
            )  # fmt: skip
        assert told.strip() == "hello 192.0.2.2"


def test_a_router_forwards_ports_too(ground: Ground, way: ModuleType) -> None:
    """Through its guard; to who asks from behind, and to the target itself, as well."""
    forward = Forward(protocol="tcp", port=8080, to="10.1.0.2", to_port=80, near="10.1.0.0/24")
    *others, table = network()
    assert isinstance(table, NatTable)
    ground.deploy(*others, replace(table, forwards=(forward,)))
    ground.run("ip", "route", "add", "10.0.0.0/8", "via", "192.0.2.1", netns=f"{LAB}-wan")
    with answering(f"{LAB}-a", 80), answering(f"{LAB}-a", 81):
        assert asks(f"{LAB}-wan", "192.0.2.1", 8080) == "192.0.2.2"
        assert unanswered(f"{LAB}-wan", "10.1.0.2", 80)
        assert unanswered(f"{LAB}-wan", "192.0.2.1", 81)
        assert asks(f"{LAB}-b", "192.0.2.1", 8080) == "10.2.0.2"
        assert asks(f"{LAB}-a", "192.0.2.1", 8080) == "10.1.0.1"
        (operation,) = ground.deploy(*others, table)
        assert operation.fields == ("forwards",)
        assert unanswered(f"{LAB}-wan", "192.0.2.1", 8080)
