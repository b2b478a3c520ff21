"""Cards, and small labs over them."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from typing import Any

from designer.machine.resources import Address, Namespace, Parent, Resource, Vlan
from tests.drivers.ground import LAB, Ground, until


def card(ground: Ground, name: str = "eth1", *, up: bool = True) -> None:
    """A pair of cards with a wire between them: NAME, and NAME-w, which is up. Without IPv6's
    addresses of their own, which would come and be announced a second or more later."""
    ground.run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}-w")
    for end in (name, f"{name}-w"):
        ground.run("ip", "link", "set", end, "addrgenmode", "none")
    ground.run("ip", "link", "set", f"{name}-w", "up")
    if up:
        ground.run("ip", "link", "set", name, "up")


def on_trunk(
    where: str, vid: int, address: str, *, device: str = "eth1", lab: str = LAB
) -> list[Resource]:
    """A container whose eth0 is a sub-interface of the card."""
    netns = f"{lab}-{where}"
    return [
        Namespace(name=netns, owner=lab),
        Vlan(netns=netns, name="eth0", device=device, vid=vid, owner=lab),
        Address(netns=netns, link="eth0", address=address, owner=lab),
    ]


def parent(device: str = "eth1", lab: str = LAB) -> Parent:
    return Parent(device=device, owner=lab)


def bridge_vlans(ground: Ground, netns: str = "") -> dict[str, list[dict[str, Any]]]:
    """What `bridge vlan` says, by device: {"vlan": 10, "flags": ["PVID", …]}, runs unfolded."""
    said = json.loads(ground.run("bridge", "-j", "vlan", "show", netns=netns) or "[]")
    return {one["ifname"]: one.get("vlans", []) for one in said}


def vlans_of(ground: Ground, name: str) -> list[tuple[int, frozenset[str]]]:
    """The VLANs of one port, each with its flags."""
    found = bridge_vlans(ground).get(name, [])
    return [(one["vlan"], frozenset(one.get("flags", ()))) for one in found]


def inventory(ground: Ground) -> set[str]:
    """All that is said of links, addresses, VLANs and namespaces, a line for each fact."""
    lines = {f"namespace {name}" for name in ground.namespaces()}
    for link in ground.ip("link"):
        # Once a link was up it keeps the queue that it got then.
        facts = {name: value for name, value in link.items() if name != "qdisc"}
        lines |= {f"link {link['ifname']} {name}: {value}" for name, value in facts.items()}
    for link in ground.ip("address"):
        for one in link["addr_info"]:
            if one["scope"] == "global":
                lines.add(f"address {link['ifname']} {one['local']}")
    for name, vlans in bridge_vlans(ground).items():
        lines |= {f"vlan {name} {one}" for one in vlans}
    return lines


@contextlib.contextmanager
def capture(device: str) -> Iterator[list[str]]:
    """Lines of tcpdump about what passes a device meanwhile, with link headers."""
    lines: list[str] = []
    with subprocess.Popen(
        ["tcpdump", "-e", "-n", "-l", "--immediate-mode", "-i", device],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as tcpdump:
        assert tcpdump.stdout is not None
        assert tcpdump.stderr is not None
        while "listening on" not in (line := tcpdump.stderr.readline()):
            assert line, "tcpdump ended"
        yield lines
        tcpdump.terminate()
        lines += tcpdump.stdout.read().splitlines()


@contextlib.contextmanager
def no_ping_lost(source: str, address: str) -> Iterator[None]:
    """Ping all the time, ten a second; AssertionError if one was not answered."""
    with subprocess.Popen(
        ["ip", "netns", "exec", source, "ping", "-n", "-i", "0.1", "-W", "2", address],
        stdout=subprocess.PIPE,
        text=True,
    ) as ping:
        assert ping.stdout is not None
        while "bytes from" not in (line := ping.stdout.readline()):
            assert line, "ping ended"
        yield
        ping.send_signal(2)  # SIGINT: it waits for the last one and sums up
        said = ping.stdout.read()
    assert " 0% packet loss" in said, said


def gone(ground: Ground, netns: str) -> None:
    """Wait until a namespace is cleared away."""
    until(lambda: netns not in ground.namespaces())
