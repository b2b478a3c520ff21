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

from designer.machine.held import Held

Key = tuple[str, ...]
"""Kind first: ("link", netns, name), ("namespace", name), ("address", netns, link, address),
("route", netns, to, via), ("table", netns, name), ("network", name), ("domain", name),
("parent", device), ("module", name), ("image", sha256). In origins alone there are also
("nic", domain, mac) and ("cable", interface ref): see :mod:`designer.planner.status`."""


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
    """What a bridge keeps about one of its ports (net/bridge/br_netlink.c).

    The VLANs (net/bridge/br_vlan.c) are stated together or not at all: not where the bridge is
    not VLAN-aware. ``pvid`` is the VLAN of frames that come in untagged, 0 for none: they are
    dropped; ``untagged`` are the VLANs that go out without a tag (the PVID among them, as a rule),
    ``tagged`` those that go out with one. Ids in rising order, none in both. Observed they are
    the whole truth of a port of a VLAN-aware bridge, and ``None`` at one of any other.

    To create or change a port with VLANs is to bring its list to exactly these: first add what
    is missing or has other flags, then delete what is too much, so that a VLAN that stays loses
    no frame.
    """

    cost: int | None = None
    priority: int | None = None
    hairpin: bool | None = None
    pvid: int | None = None
    untagged: tuple[int, ...] | None = None
    tagged: tuple[int, ...] | None = None
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
    """Times in seconds; the kernel keeps hundredths (USER_HZ).

    ``vlan_filtering`` makes it VLAN-aware. To create it so, or to change that to True, also sets
    its default PVID to 0, before ports come and before the filter goes on, so that nothing is
    left in VLAN 1; False leaves the default PVID alone. Observed on a kernel without VLAN
    filtering it is None, which is as good as False.

    ``vlan`` is the VLAN of the bridge's own addresses: the one entry of the bridge itself
    (``bridge vlan … self``), PVID and untagged; 0 for none, so that the hypervisor hears nothing
    of it. Stated on a VLAN-aware bridge only, and observed there only.
    """

    kind: Literal["bridge"] = "bridge"
    stp: bool | None = None
    priority: int | None = None
    forward_delay: int | None = None
    hello_time: int | None = None
    max_age: int | None = None
    ageing_time: int | None = None
    vlan_filtering: bool | None = None
    vlan: int | None = None
    held: Held | None = None
    """Observed only, of one that a card is lent to: what is on it and not from a lab."""


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
class Vlan(_Link):
    """An 802.1Q sub-interface (ip-link(8), "VLAN Type Support"): the frames of VLAN ``vid`` on the
    card ``device``, without their tag.

    ``device`` is in the hypervisor's own namespace always; the sub-interface itself is in
    ``netns``, which may be a namespace of the lab. To create one: make it over the card, in one
    message with its name, namespace, MAC and MTU where the kernel takes that, mark it by its
    alias like every link of ours, then plug it and set it up. Of one card and id the kernel has
    one sub-interface at most, whatever the namespace. It dies with its namespace and with the
    card. Protocol 802.1Q (0x8100) with the kernel's own flags; one of 802.1ad observed is shown
    as ``Physical``.
    """

    kind: Literal["vlan"] = "vlan"
    device: str
    vid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Physical(_Link):
    """A card or any other link that nobody here made. In a desired state: one to be a port.

    What it holds goes with it, to its bridge and back: see :mod:`designer.planner.moving`. In an
    operation ``before.held`` is what is to be moved, from wherever each of it is now.
    """

    kind: Literal["physical"] = "physical"
    type: str = ""
    """The kernel's word for its kind where it has one (tun, dummy, …)."""
    held: Held | None = None
    """Observed only: the addresses and routes that are on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A card of the hypervisor's own namespace that this lab has sub-interfaces on, and that must
    be up for them. Nothing else of it is touched, and several labs may share it.

    Its mark is an alternative name of the card, :func:`designer.machine.marks.parent_mark`, which
    also notes whether the card was up before the first lab came.

    - Observed at a key that is asked for: with ``owner`` where this lab's mark is on the card;
      without where the card is there and the mark is not; not at all where there is no such card.
      Other labs' marks do not show. ``up`` is the card's own (IFF_UP).
    - create: put the mark on (saying ``down`` where another lab's says so, else what the card is
      now), then set the card up.
    - change (``up``): set the card up, or down where ``up`` is False, which an undo alone wants.
    - delete: take the mark away; when no lab's is left and it said ``down``, set the card down.
    """

    kind: Literal["parent"] = "parent"
    device: str
    up: bool = True
    was_up: bool | None = None
    """Observed only: what our mark says of the card before the first lab."""
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("parent", self.device)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A kernel module that must be there. Nobody's, so ``owner`` is None always: a lab has it
    loaded and never unloads it.

    Observed where the kernel has it, loaded or built in (/sys/module/NAME, or it works).
    create: ``modprobe NAME``. There is no change; a delete does nothing.
    """

    kind: Literal["module"] = "module"
    name: str
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("module", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image of a library that a VM here boots from, by its content. Nobody's, so ``owner`` is
    None always: a lab has it copied, several may use it, and none removes it. ``name`` is what the
    library calls it, ``size`` its bytes.

    Observed where the hypervisor has it, whole: it is put in place only after its content was
    found to be what it should be. create: copy it from the controller. There is no change; a
    delete does nothing.
    """

    kind: Literal["image"] = "image"
    sha256: str
    name: str = ""
    size: int = 0
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("image", self.sha256)


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
    """A static route of the main table; ``to`` is a prefix, 0.0.0.0/0 or ::/0 for default.

    In the hypervisor's own namespace a lab may have a default route, by ``link``, a bridge of its
    own. It is chosen before any other that the hypervisor has, and takes none away, so that those
    lead on when it goes: in IPv4 it stands first among those of metric 0 (``ip route prepend``) and
    has the scope "site", without which the kernel would go on to use another one there whose
    gateway answers; in IPv6, where metric 0 means 1024, it has metric 1. Observed there are labs'
    routes only."""

    kind: Literal["route"] = "route"
    netns: str = ""
    to: str
    via: str
    link: str | None = None
    """None: the one on which ``via`` is near. Of the hypervisor's own namespace only."""
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("route", self.netns, self.to, self.via)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Behind:
    """A network of the hypervisor's own: a bridge, and its subnets ("10.0.0.0/24"), sorted."""

    bridge: str
    subnets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Forward:
    """A port of the namespace, at every address of its own but loopback, from wherever it is asked
    for, the namespace itself included: what comes there goes to ``to``, an address of either
    family, and its ``to_port``.

    ``near`` is the subnet that ``to`` is in. Who asks from there has its source masqueraded: the
    answer would not come back this way otherwise. That the target asks for itself so works only
    where bridges do not call the packet filter (net.bridge.bridge-nf-call-iptables, which
    br_netfilter turns on): a bridge sends no frame back where it came from.
    """

    protocol: Literal["tcp", "udp"]
    port: int
    to: str
    to_port: int
    near: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NatTable:
    """A packet filter table of ours in a namespace, "" for the hypervisor's own.

    Masquerade out of ``outside``, and nothing new may come in by those interfaces to be forwarded
    (established and related may). Of networks ``behind``, which the hypervisor's own namespace
    alone has, masquerade what leaves the bridge from its subnets, and nothing new may come in to
    be forwarded to it. ``forwards`` may come in all the same. Between two of the ``isolated``
    interfaces nothing is forwarded at all. All are sorted; without ``outside``, ``behind`` and
    ``forwards`` there is no NAT. A change writes the rules of the standing table anew.
    """

    kind: Literal["table"] = "table"
    netns: str
    name: str
    outside: tuple[str, ...] = ()
    isolated: tuple[str, ...] = ()
    behind: tuple[Behind, ...] = ()
    forwards: tuple[Forward, ...] = ()
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("table", self.netns, self.name)

    @property
    def translates(self) -> bool:
        return bool(self.outside or self.behind or self.forwards)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DhcpRange:
    """Addresses that a network's DHCP hands out, from ``start`` to ``end``, both included."""

    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class StaticLease:
    """The address ``ip`` that a network's DHCP keeps for the card ``mac``; ``name`` is the host
    name that it gives with it. DHCPv6 has no MAC to go by: there the name is all that it knows a
    client by (https://libvirt.org/formatnetwork.html, "host")."""

    ip: str
    mac: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A libvirt network: a bridge of libvirt's own making with the hypervisor's addresses, DHCP
    and DNS by dnsmasq, and forwarding (https://libvirt.org/formatnetwork.html).

    ``forward`` is nat, routed, open (libvirt puts no packet filter around it) or isolated. With
    ``ranges`` or ``leases`` it has DHCP. ``dns``: its dnsmasq answers questions, for names in
    ``domain`` by itself. ``autostart``: libvirtd starts it when it starts.

    In a desired state one without ``owner`` is borrowed: it is there already, must be active, is
    used under its name and bridge, and is never changed; all but those is unstated then.

    - Observed: every one of the lab, and any at a key that is asked for.
    - create: define it with our mark in its metadata, start it, set ``autostart``.
    - change: ``leases`` and ``ranges`` by virNetworkUpdate while it runs; all else by defining it
      anew and, where it runs, restarting it, by which every port falls off its bridge.
    - delete: stop it, undefine it; its bridge and leases go with it.
    """

    kind: Literal["network"] = "network"
    name: str
    bridge: str
    uuid: str | None = None
    forward: str | None = None
    addresses: tuple[str, ...] | None = None
    """Of the hypervisor on the bridge, "192.168.122.1/24"; one of each subnet."""
    ranges: tuple[DhcpRange, ...] | None = None
    leases: tuple[StaticLease, ...] | None = None
    domain: str | None = None
    dns: bool | None = None
    mtu: int | None = None
    running: bool = True
    autostart: bool | None = None
    edited: tuple[str, ...] = ()
    """Observed only: the fields that are otherwise in what libvirt keeps for the network's next
    start, after ``virsh net-edit`` say."""
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("network", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """An address that a network's DHCP gave to a card, "192.168.122.57/24". ``hostname`` is what
    the guest called itself, "" for nothing; ``expires`` in seconds since the epoch, None: never."""

    address: str
    hostname: str = ""
    expires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainNic:
    """A VM's card on a bridge. ``tap`` (vnetN) is observed only; an observed ``bridge`` is the one
    that the tap is really a port of, "" for none.

    ``network`` is the libvirt network that the card is plugged into (an interface of type
    network), with that network's bridge in ``bridge``; "" for a plain bridge (type bridge).

    ``pvid``, ``untagged`` and ``tagged`` are the tap's VLANs on a VLAN-aware bridge, as of a
    :class:`Port`. A tap has them only while the VM runs: they are to be set each time that the
    VM is started or plugged elsewhere ("nics.bridge"), and alone, without a restart, by a change
    of "nics.vlans". Observed they are None where there is no tap.

    ``plugged`` is the carrier that the guest sees (``<link state=…/>``); it changes live
    ("nics.plugged").

    ``leases`` are observed only: those that ``network`` gave it, IPv4 first, while the VM runs.
    """

    mac: str
    bridge: str
    network: str = ""
    model: str = "virtio"
    mtu: int | None = None
    pvid: int | None = None
    untagged: tuple[int, ...] | None = None
    tagged: tuple[int, ...] | None = None
    plugged: bool = True
    tap: str | None = None
    leases: tuple[Lease, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedNic:
    """A card as cloud-init is to set it up: by static ``addresses`` ("10.0.0.2/24"), by DHCP for
    IPv4, or by both. ``gateways`` are for this card: one of each family at most."""

    mac: str
    addresses: tuple[str, ...] = ()
    dhcp: bool = False
    gateways: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What a VM's cloud-init is told, by a NoCloud seed. ``keys`` are SSH public keys for ``user``,
    "" for the image's own. A guest takes another one at its next start, as a new instance."""

    hostname: str
    user: str = ""
    keys: tuple[str, ...] = ()
    nics: tuple[SeedNic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked of a VM last, by hand and beside any deployment: ``state`` as it is
    since, ``by`` whom, ``at`` when (ISO 8601, UTC). It stands in the domain's metadata, and is
    observed only while the VM still is so."""

    state: Literal["running", "paused", "off"]
    by: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot that is kept in a VM's own disk (libvirt's "internal"). ``at`` is when it was
    made (ISO 8601, UTC), ``state`` what the VM was then: running or paused (with its memory), or
    shutoff; ``current``: the VM went on from there."""

    name: str
    at: str
    state: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A libvirt domain. Image names are files in the hypervisor's image folder, or of a library
    (:mod:`designer.machine.images`); ``memory`` in MiB.

    ``memory_max`` and ``vcpus_max`` are how far those can go while it runs, 0 for no further:
    memory by a balloon, of which ``memory`` is the size asked for, whatever the guest has made of
    it; vCPUs by plugging in more. ``disk_size`` is of the VM's own copy of its disk, in MiB;
    observed it is rounded up, and one that is larger than stated stays so. ``graphics`` is
    "none", or "vnc": a screen, a keyboard and a pointer behind a socket of the hypervisor's file
    system. It always has one serial port. ``running`` as it should be or is; ``state`` and its
    ``reason`` are libvirt's own words, observed only, as are ``asked`` and ``snapshots``.

    ``later`` is the same VM as it is defined for its next start, where it runs as something else:
    see :mod:`designer.planner.waiting`. No design says so; a plan does, and then it is observed.
    """

    kind: Literal["domain"] = "domain"
    name: str
    uuid: str
    memory: int
    memory_max: int = 0
    vcpus: int
    vcpus_max: int = 0
    kernel: str = ""
    initrd: str = ""
    cmdline: str = ""
    disk: str = ""
    disk_size: int | None = None
    disk_bus: str = "virtio"
    seed: Seed | None = None
    nics: tuple[DomainNic, ...] = ()
    graphics: str = "none"
    running: bool = True
    state: str | None = None
    reason: str | None = None
    asked: Asked | None = None
    snapshots: tuple[Snapshot, ...] = ()
    later: Domain | None = None
    owner: str | None = None

    @property
    def key(self) -> Key:
        return ("domain", self.name)


Link = Bridge | Veth | Vxlan | Vlan | Physical
Resource = (
    Namespace | Link | Parent | Module | Image | Address | Route | NatTable | Network | Domain
)
LINK_KINDS = ("bridge", "veth", "vxlan", "vlan", "physical")
