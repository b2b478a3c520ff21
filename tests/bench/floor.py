"""The floor: the same links by own netlink messages and nothing else. No marks, no checks, no
reading, no plan; the messages are written as tightly as Python lets one."""

from __future__ import annotations

import ctypes
import os
import socket
import struct

from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink.threads import HERE, NETNS_DIR, checked, setns, unshare
from tests.bench.labs import LAB, PORTS, Mode, address

_HEAD = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_GROUP = 0x600D
_MS_BIND, _MNT_DETACH = 1 << 12, 2
_libc = ctypes.CDLL(None, use_errno=True)
_BRIDGE, _NEAR, _FAR = 1_000_000, 2_000_000, 3_000_000


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


def _number(kind: int, value: int) -> bytes:
    return struct.pack("=HHI", 8, kind, value)


def _name(text: str) -> bytes:
    return _attribute(c.IFLA_IFNAME, text.encode() + b"\0")


def _link(index: int, up: int, *parts: bytes) -> bytes:
    return _LINK.pack(0, 0, index, up, up) + b"".join(parts)


class Raw:
    """A socket that sends 128 messages at a time and reads one acknowledgement for them."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, c.NETLINK_ROUTE)

    def send(self, requests: list[tuple[int, int, bytes]]) -> None:
        for start in range(0, len(requests), 128):
            some = requests[start : start + 128]
            parts = []
            for place, (kind, flags, body) in enumerate(some):
                flags |= 1 if place < len(some) - 1 else 5
                parts.append(_HEAD.pack(16 + len(body), kind, flags, place, 0) + body)
            self.socket.sendall(b"".join(parts))
            while True:
                answer = self.socket.recv(65536)
                _, kind, _, place, _ = _HEAD.unpack_from(answer)
                (error,) = struct.unpack_from("=i", answer, 16)
                if kind == c.NLMSG_ERROR and error:
                    raise OSError(-error, os.strerror(-error))
                if place == len(some) - 1:
                    break


class Floor:
    """Wire up, then take down."""

    def __init__(self, links: int, mode: Mode, per_bridge: int = PORTS) -> None:
        self.links = links
        self.per_bridge = per_bridge
        self.bridges = (links + per_bridge - 1) // per_bridge
        self.mode = mode
        self.raw = Raw()
        self.namespaces: list[int] = []
        self.sockets: list[Raw] = []

    def up(self) -> None:
        kind = _attribute(c.IFLA_LINKINFO, _attribute(c.IFLA_INFO_KIND, b"bridge\0"))
        make = c.NLM_F_CREATE | c.NLM_F_EXCL
        self.raw.send(
            [(c.RTM_NEWLINK, make, _link(_BRIDGE + number, 0, _name(f"br{number}"), kind))
             for number in range(self.bridges)]
        )  # fmt: skip
        self._ipv6_off([f"br{number}" for number in range(self.bridges)])
        self.raw.send(
            [(c.RTM_NEWLINK, 0, _link(_BRIDGE + number, 1)) for number in range(self.bridges)]
        )
        if self.mode == "hosts":
            self._make_namespaces()
        self.raw.send([self._pair(number) for number in range(self.links)])
        self._ipv6_off([f"v{number}" for number in range(self.links)])
        self.raw.send(
            [(c.RTM_NEWLINK, 0, _link(_NEAR + number, 1)) for number in range(self.links)]
        )
        ends = [self._end(number) for number in range(self.links)]
        if self.mode == "hosts":
            for raw, messages in zip(self.sockets, ends, strict=True):
                raw.send(messages)
        else:
            self.raw.send([message for messages in ends for message in messages])

    def _ipv6_off(self, names: list[str]) -> None:
        for name in names:
            file = os.open(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", os.O_WRONLY)
            os.write(file, b"1")
            os.close(file)

    def _make_namespaces(self) -> None:
        home = os.open(HERE, os.O_RDONLY)
        NETNS_DIR.mkdir(exist_ok=True)
        for number in range(self.links):
            unshare(c.CLONE_NEWNET)
            name = NETNS_DIR / f"{LAB}-h{number}"
            os.close(os.open(name, os.O_CREAT | os.O_EXCL, 0))
            checked(_libc.mount(HERE.encode(), os.fsencode(name), b"none", _MS_BIND, None), "mount")
            self.namespaces.append(os.open(HERE, os.O_RDONLY))
            self.sockets.append(Raw())
            self.sockets[-1].send([(c.RTM_NEWLINK, 0, _link(1, 1))])
        setns(home)
        os.close(home)

    def _pair(self, number: int) -> tuple[int, int, bytes]:
        peer = [_name(f"e{number}"), _number(c.IFLA_GROUP, _GROUP)]
        if self.namespaces:
            peer.append(_number(c.IFLA_NET_NS_FD, self.namespaces[number]))
        data = _attribute(c.VETH_INFO_PEER, _link(_FAR + number, 0, *peer))
        body = _link(
            _NEAR + number,
            0,
            _name(f"v{number}"),
            _number(c.IFLA_GROUP, _GROUP),
            _number(c.IFLA_MASTER, _BRIDGE + number // self.per_bridge),
            _attribute(
                c.IFLA_LINKINFO,
                _attribute(c.IFLA_INFO_KIND, b"veth\0") + _attribute(c.IFLA_INFO_DATA, data),
            ),
        )
        return c.RTM_NEWLINK, c.NLM_F_CREATE | c.NLM_F_EXCL, body

    def _end(self, number: int) -> list[tuple[int, int, bytes]]:
        own, _, length = address(number).partition("/")
        raw = socket.inet_aton(own)
        body = (
            struct.pack("=BBBBI", socket.AF_INET, int(length), 0, 0, _FAR + number)
            + _attribute(c.IFA_LOCAL, raw)
            + _attribute(c.IFA_ADDRESS, raw)
        )
        return [
            (c.RTM_NEWLINK, 0, _link(_FAR + number, 1)),
            (c.RTM_NEWADDR, c.NLM_F_CREATE | c.NLM_F_EXCL, body),
        ]

    def down(self) -> None:
        """Links by their group in one request, bridges in a bundle."""
        self.raw.send([(c.RTM_DELLINK, 0, _link(0, 0, _number(c.IFLA_GROUP, _GROUP)))])
        self.raw.send(
            [(c.RTM_DELLINK, 0, _link(_BRIDGE + number, 0)) for number in range(self.bridges)]
        )
        for raw in self.sockets:
            raw.socket.close()
        for number, descriptor in enumerate(self.namespaces):
            os.close(descriptor)
            name = NETNS_DIR / f"{LAB}-h{number}"
            checked(_libc.umount2(os.fsencode(name), _MNT_DETACH), "umount")
            name.unlink()
