"""Resources: the things that a hypervisor has, each with a key that says which one it is.

The same frozen dataclasses describe what should be and what is. A field that is ``None`` is
unstated: it does not matter in a desired state, and could not be read in an observed one.
``owner`` is the lab's tag read from the mark on the thing (see :mod:`designer.machine.marks`);
``None`` means that it is not ours, and then it is never changed or removed.

Interfaces are named by (netns, name); the netns of the hypervisor itself is "".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Key = tuple[str, ...]
"""Kind first: ("link", netns, name), ("namespace", name), ("address", netns, link, address),
("route", netns, to, via), ("table", netns, name), ("domain", name). In origins alone there are
also ("nic", domain, mac) and ("cable", interface ref): see :mod:`designer.planner.status`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A named network namespace (ip-netns(8)), loopback up. Forwarding is both families'."""

    kind: Literal["namespace"] = "namespace"
    name: str
    forwarding: bool = False
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("namespace", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """What a bridge keeps about one of its ports (net/bridge/br_netlink.c)."""

    cost: int | None = None
    priority: int | None = None
    hairpin: bool | None = None
    state: str | None = None
    """Observed only: disabled, listening, learning, forwarding or blocking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    netns: str = ""
    name: str
    mac: str | None = None
    mtu: int | None = None
    up: bool = True
    master: str | None = None
    """The bridge that it is a port of, in the same namespace; None: of none."""
    port: Port | None = None
    ipv6: bool | None = None
    """False: IPv6 is switched off on this interface alone. None: the kernel's default."""
    running: bool | None = None
    """Observed only: carrier (IFF_LOWER_UP)."""
    index: int | None = None
    """Observed only: the kernel's ifindex."""
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("link", self.netns, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(_Link):
    """Times in seconds; the kernel keeps hundredths (USER_HZ)."""

    kind: Literal["bridge"] = "bridge"
    stp: bool | None = None
    priority: int | None = None
    forward_delay: int | None = None
    hello_time: int | None = None
    max_age: int | None = None
    ageing_time: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Veth(_Link):
    """One end of a veth pair (veth(4)). Both ends are resources that name each other."""

    kind: Literal["veth"] = "veth"
    peer_netns: str = ""
    peer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vxlan(_Link):
    """A VXLAN tunnel (RFC 7348) with head-end replication: no multicast, frames for unknown
    addresses go to each of ``remotes``."""

    kind: Literal["vxlan"] = "vxlan"
    vni: int
    device: str
    local: str
    remotes: tuple[str, ...] = ()
    udp_port: int = 4789


@dataclass(frozen=True, slots=True, kw_only=True)
class Physical(_Link):
    """A card or any other link that nobody here made. In a desired state: one to be a port."""

    kind: Literal["physical"] = "physical"
    type: str = ""
    """The kernel's word for its kind where it has one (tun, dummy, …)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An interface address, "10.0.0.1/24". Ours are marked by their protocol (IFA_PROTO)."""

    kind: Literal["address"] = "address"
    netns: str = ""
    link: str
    address: str
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("address", self.netns, self.link, self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A static route of the main table; ``to`` is a prefix, 0.0.0.0/0 or ::/0 for default."""

    kind: Literal["route"] = "route"
    netns: str = ""
    to: str
    via: str
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("route", self.netns, self.to, self.via)


@dataclass(frozen=True, slots=True, kw_only=True)
class NatTable:
    """An nftables table of ours in a namespace: masquerade out of ``outside``, and nothing new
    may come in by those interfaces to be forwarded (established and related may)."""

    kind: Literal["table"] = "table"
    netns: str
    name: str
    outside: tuple[str, ...]
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("table", self.netns, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainNic:
    """A VM's card on a bridge. ``tap`` (vnetN) is observed only; an observed ``bridge`` is the one
    that the tap is really a port of, "" for none."""

    mac: str
    bridge: str
    model: str = "virtio"
    mtu: int | None = None
    tap: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A libvirt domain. Image names are files in the hypervisor's image folder; ``memory`` in
    MiB. ``running`` as it should be or is; ``state`` is libvirt's own word, observed only."""

    kind: Literal["domain"] = "domain"
    name: str
    uuid: str
    memory: int
    vcpus: int
    kernel: str = ""
    initrd: str = ""
    cmdline: str = ""
    disk: str = ""
    nics: tuple[DomainNic, ...] = ()
    running: bool = True
    state: str | None = None
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("domain", self.name)


Link = Bridge | Veth | Vxlan | Physical
Resource = Namespace | Link | Address | Route | NatTable | Domain
LINK_KINDS = ("bridge", "veth", "vxlan", "physical")
