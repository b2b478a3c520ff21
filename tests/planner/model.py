"""A model of a machine: carries out operations as the kernel and libvirt would, side effects too.

It refuses what they would refuse (a port of a bridge that is not there, a gateway on no network),
checks that an operation starts from what there is, and forgets what they would forget: the other
end of a veth pair, ports of a deleted bridge, the contents of a namespace, secondary addresses
with their primary, routes with the last address of their link. A card has each VLAN once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address, ip_interface
from typing import Any

from designer.machine.images import content_of, same_image
from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    Image,
    Key,
    Link,
    Module,
    Namespace,
    NatTable,
    Network,
    Parent,
    Physical,
    Port,
    Resource,
    Route,
    Veth,
    Vlan,
    Vxlan,
)
from designer.machine.state import MachineState
from designer.planner import Operation
from designer.planner.comparing import (
    LIVE_OF_NETWORK,
    differing,
    differing_now,
    restarting,
    value_of,
)
from designer.planner.differing import peer_key
from designer.planner.waiting import defined

_PORT = Port(cost=2, priority=32, hairpin=False, state="forwarding")
_NO_VLANS = {"pvid": 0, "untagged": (), "tagged": ()}
_VLANS = ("pvid", "untagged", "tagged")


class Model:
    """Resources by key, as observed. A card with sub-interfaces is nobody's :class:`Parent` there;
    ``marks`` says which labs have it, and whether it was up before each."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self.by_key: dict[Key, Resource] = {one.key: one for one in resources}
        self.marks: dict[str, dict[str, bool]] = {}
        self._devices: dict[Key, Key] = {}  # of routes: the link they go out of

    @property
    def state(self) -> MachineState:
        return self.seen_by("mylab")

    def seen_by(self, lab: str) -> MachineState:
        """What a lab sees when it looks: of the cards' marks its own."""
        seen = dict(self.by_key)
        for one in self.by_key.values():
            if isinstance(one, Domain) and one.later is not None:
                seen[one.key] = defined(one, one.later)
        for device, labs in self.marks.items():
            key: Key = ("parent", device)
            if lab in labs:
                seen[key] = _with(seen[key], owner=lab, was_up=labs[lab])
        return MachineState(seen)

    def run(self, operations: Iterable[Operation]) -> None:
        for one in operations:
            self.perform(one)

    def perform(self, one: Operation) -> None:
        unguarded = self._unguarded()
        self._perform(one)
        left = self._unguarded() - unguarded
        assert not left, f"{one.action} {one.key}: anything comes in to {left}"

    def _unguarded(self) -> set[str]:
        """Bridges of open networks that no table of the hypervisor's own namespace guards."""
        tables = [one for one in self.by_key.values() if isinstance(one, NatTable)]
        guarded = {behind.bridge for one in tables if not one.netns for behind in one.behind}
        networks = [one for one in self.by_key.values() if isinstance(one, Network)]
        opened = {one.bridge for one in networks if one.running and one.forward == "open"}
        return opened - guarded

    def _perform(self, one: Operation) -> None:
        match one.action:
            case "create":
                for resource in (one.after, one.peer_after):
                    if resource is not None:
                        self._create(resource)
                self._plug_in(one)
            case "change":
                self._change(one)
            case "delete" if isinstance(one.before, Parent):
                self._put_back(one.before)
            case "delete":
                self._delete(one.key)

    def start_anew(self) -> None:
        """Every VM that runs is shut off and started by somebody: as it is defined to be."""
        for key, one in list(self.by_key.items()):
            if isinstance(one, Domain) and one.later is not None:
                models = {nic.mac: nic.model for nic in one.later.nics}
                nics = tuple(replace(nic, model=models[nic.mac]) for nic in one.nics)
                self.by_key[key] = self._plugged(replace(one.later, nics=nics))

    # Making

    def _create(self, wanted: Resource) -> None:
        there = self.by_key.get(wanted.key)
        if isinstance(wanted, Parent):
            self._lend(wanted)
            return
        if there is not None:
            assert not differing(wanted, there), f"{wanted.key} stands there, and is another"
            return
        netns = getattr(wanted, "netns", "")
        assert netns == "" or ("namespace", netns) in self.by_key, f"{wanted.key}: no namespace"
        if isinstance(wanted, Bridge):
            wanted = _stated(
                wanted,
                stp=False,
                priority=32768,
                forward_delay=15,
                hello_time=2,
                max_age=20,
                ageing_time=300,
                vlan_filtering=False,
            )
            if value_of(wanted, "vlan_filtering"):
                wanted = _stated(wanted, vlan=0)
            else:
                assert value_of(wanted, "vlan") is None, f"{wanted.key}: it filters no VLANs"
        if isinstance(wanted, Link):
            assert not isinstance(wanted, Physical), "nobody makes a card"
            # Ends of a pair are plugged into bridges once both are there
            wanted = _stated(wanted, mac="02:00:00:00:00:99", mtu=1500, ipv6=True)
            wanted = _with(wanted, port=None, index=len(self.by_key) + 1, running=True)
        if isinstance(wanted, Vxlan):
            assert ("link", "", wanted.device) in self.by_key
        if isinstance(wanted, Vlan):
            self._check_vlan(wanted)
        if isinstance(wanted, Address):
            assert ("link", wanted.netns, wanted.link) in self.by_key, f"{wanted.key}: no link"
        if isinstance(wanted, Route):
            self._devices[wanted.key] = self._device(wanted)
        if isinstance(wanted, Network):
            self._check_network(wanted)
            wanted = _stated(wanted, mtu=1500)
        if isinstance(wanted, Domain):
            self._check_domain(wanted)
            wanted = self._plugged(replace(wanted, disk_size=_disk_size(wanted, None)))
        self.by_key[wanted.key] = wanted

    def _check_network(self, wanted: Network) -> None:
        """What libvirt asks of a network that it defines and starts."""
        assert ("link", "", wanted.bridge) not in self.by_key, f"{wanted.bridge} is a link"
        subnets = [ip_interface(one).network for one in wanted.addresses or ()]
        for other in self.by_key.values():
            if isinstance(other, Network) and other.key != wanted.key:
                assert other.bridge != wanted.bridge, f"{wanted.key}: {other.key} has its bridge"
                for taken in (ip_interface(one).network for one in other.addresses or ()):
                    assert not any(map(taken.overlaps, subnets)), f"{other.key} is in its subnet"

    def _lend(self, wanted: Parent) -> None:
        there = self.by_key.get(wanted.key)
        assert isinstance(there, Parent), f"{wanted.key}: no such card"
        assert wanted.owner is not None
        labs = self.marks.setdefault(wanted.device, {})
        labs.setdefault(wanted.owner, there.up and all(labs.values()))
        self.by_key[wanted.key] = replace(there, up=wanted.up)

    def _put_back(self, before: Parent) -> None:
        there = self.by_key[before.key]
        assert isinstance(there, Parent)
        labs = self.marks.get(before.device, {})
        was_up = labs.pop(before.owner or "", True)
        if not labs:
            self.marks.pop(before.device, None)
            self.by_key[before.key] = replace(there, up=there.up and was_up)

    def _check_vlan(self, wanted: Vlan) -> None:
        parent = self.by_key.get(("parent", wanted.device))
        assert isinstance(parent, Parent), f"{wanted.key}: no card {wanted.device}"
        assert wanted.owner in self.marks.get(wanted.device, {}), f"{wanted.key}: not marked"
        assert parent.up or not wanted.up, f"{wanted.key}: its parent is down"
        assert ("module", "8021q") in self.by_key, f"{wanted.key}: the kernel has no VLANs"
        for one in self.by_key.values():
            if isinstance(one, Vlan) and (one.device, one.vid) == (wanted.device, wanted.vid):
                raise AssertionError(f"{wanted.key}: {one.key} is VLAN {one.vid} already")

    def _plugged(self, domain: Domain) -> Domain:
        """A running VM has taps, and each has the VLANs that it was given."""
        nics = []
        for number, nic in enumerate(domain.nics):
            if not domain.running:
                nics.append(replace(nic, tap=None, pvid=None, untagged=None, tagged=None))
                continue
            nic = replace(nic, tap=f"{domain.name}-{number}")
            if not self._filters("", nic.bridge):
                nic = replace(nic, pvid=None, untagged=None, tagged=None)
            elif nic.pvid is None:
                nic = replace(nic, pvid=0, untagged=(), tagged=())
            nics.append(nic)
        return replace(domain, nics=tuple(nics))

    def _filters(self, netns: str, name: str | None) -> bool:
        bridge = self.by_key.get(("link", netns, name or ""))
        return isinstance(bridge, Bridge) and bool(bridge.vlan_filtering)

    def _new_port(self, netns: str, master: str, stated: Port | None) -> Port:
        """What a link starts with at a bridge: the default PVID is 0."""
        if self._filters(netns, master):
            return _merged(_with(_PORT, **_NO_VLANS), stated)
        port = _merged(_PORT, stated)
        assert (port.pvid, port.untagged, port.tagged) == (None, None, None), "no filter there"
        return port

    def _plug_in(self, one: Operation) -> None:
        for wanted in (one.after, one.peer_after):
            if not isinstance(wanted, Link):
                continue
            there = self.by_key[wanted.key]
            if isinstance(there, Veth):
                assert peer_key(there) in self.by_key, f"{there.key}: half a pair"
            if wanted.master is not None:
                self._check_master(wanted.netns, wanted.master)
                there = _with(there, port=self._new_port(wanted.netns, wanted.master, wanted.port))
            self.by_key[wanted.key] = there

    def _change(self, one: Operation) -> None:
        after, there = one.after, self.by_key.get(one.key)
        assert after is not None
        assert there is not None, f"{one.key} is to be changed and is not there"
        assert one.before is not None
        for name in one.fields:
            if name.startswith("port.") and "master" in one.fields:
                continue  # another bridge, other settings
            before, now = value_of(one.before, name), value_of(there, name)
            if name.startswith("port.") and name[5:] in _VLANS and now != before:
                continue  # they come and go with the filter of their bridge
            if name.startswith("nics"):  # a bridge can have gone from under a card meanwhile
                before, now = ([nic.mac for nic in nics] for nics in (before, now))
            assert before == now, f"{one.key} {name}: {now} and not {before}"
        if isinstance(after, Domain):
            self._check_domain(after)
            assert isinstance(there, Domain)
            if after.later is not None:
                assert after.running
                waits = restarting(after, there, differing_now(after, there))
                assert not waits, f"{one.key}: {waits} cannot change while it runs"
            size = _disk_size(after, there)
            self.by_key[one.key] = self._plugged(replace(after, owner=there.owner, disk_size=size))
            return
        if isinstance(after, Parent):
            self.by_key[one.key] = _with(there, up=after.up)
            return
        if isinstance(after, Network):
            assert isinstance(there, Network)
            if there.running and not LIVE_OF_NETWORK.issuperset(one.fields):
                self._unplug_all(("link", "", there.bridge))
            now = _with(there, **{name: value_of(after, name) for name in one.fields})
            self._check_network(now)
            self.by_key[one.key] = now
            if not now.running:
                self._unplug_all(("link", "", now.bridge))
            return
        if "master" in one.fields:
            master = value_of(after, "master")
            if master is not None:
                self._check_master(one.key[1], master)
            port = self._new_port(one.key[1], master, None) if master else None
            there = _with(there, master=master, port=port)
            if isinstance(after, Physical):
                there = replace(there, owner=after.owner)
        for name in one.fields:
            if name.startswith("port."):
                assert isinstance(there, Link)
                assert there.port is not None
                port = _with(there.port, **{name[5:]: value_of(after, name)})
                there = _with(there, port=port)
            elif name != "master":
                there = _with(there, **{name: value_of(after, name)})
        self.by_key[one.key] = there
        if isinstance(there, Bridge) and "vlan_filtering" in one.fields:
            self._set_filter(there)
        if "up" in one.fields and not value_of(there, "up"):
            self._flush_routes(one.key)

    def _set_filter(self, bridge: Bridge) -> None:
        """VLANs of its ports count from now on, or do not."""
        on = bool(bridge.vlan_filtering)
        vlans = _NO_VLANS if on else dict.fromkeys(_VLANS)
        for key, one in list(self.by_key.items()):
            if isinstance(one, Link) and (one.netns, one.master) == (bridge.netns, bridge.name):
                assert one.port is not None
                self.by_key[key] = _with(one, port=_with(one.port, **vlans))
            elif isinstance(one, Domain) and one.running and not bridge.netns:
                nics = [
                    _with(nic, **vlans) if nic.bridge == bridge.name else nic for nic in one.nics
                ]
                self.by_key[key] = replace(one, nics=tuple(nics))
        vlan = (bridge.vlan or 0) if on else None
        self.by_key[bridge.key] = replace(bridge, vlan=vlan)

    # Unmaking

    def _delete(self, key: Key) -> None:
        there = self.by_key.get(key)
        if there is None or isinstance(there, Module | Image):
            return
        if isinstance(there, Physical):
            self.by_key[key] = replace(there, master=None, port=None, owner=None)
        elif isinstance(there, Link):
            self._delete_link(there)
        elif isinstance(there, Namespace):
            self._delete_namespace(there)
        elif isinstance(there, Address):
            self._delete_address(there)
        else:
            del self.by_key[key]
            if isinstance(there, Network):
                self._unplug_all(("link", "", there.bridge))

    def _delete_link(self, link: Link) -> None:
        ends = [link.key]
        if isinstance(link, Veth):
            other = self.by_key.get(peer_key(link))
            if isinstance(other, Veth) and peer_key(other) == link.key:
                ends.append(other.key)
        for end in ends:
            self.by_key.pop(end, None)
            self._flush_routes(end)
            for key, one in list(self.by_key.items()):
                if isinstance(one, Address) and ("link", one.netns, one.link) == end:
                    del self.by_key[key]
            self._unplug_all(end)

    def _unplug_all(self, bridge: Key) -> None:
        for key, one in list(self.by_key.items()):
            if isinstance(one, Link) and ("link", one.netns, one.master) == bridge:
                self.by_key[key] = replace(one, master=None, port=None)
            elif isinstance(one, Domain) and one.running and bridge[1] == "":
                nics = [
                    replace(nic, bridge="", pvid=None, untagged=None, tagged=None)
                    if nic.bridge == bridge[2]
                    else nic
                    for nic in one.nics
                ]
                self.by_key[key] = replace(one, nics=tuple(nics))

    def _delete_namespace(self, namespace: Namespace) -> None:
        for one in list(self.by_key.values()):
            if isinstance(one, Link) and one.netns == namespace.name and one.key in self.by_key:
                self._delete_link(one)
        for key, one in list(self.by_key.items()):
            if getattr(one, "netns", "") == namespace.name:
                del self.by_key[key]
        del self.by_key[namespace.key]

    def _delete_address(self, address: Address) -> None:
        near = [
            one
            for one in self.by_key.values()
            if isinstance(one, Address) and (one.netns, one.link) == (address.netns, address.link)
        ]
        mine = [one for one in near if _network(one) == _network(address)]
        gone = mine if mine[0].key == address.key else [address]  # the first is the primary
        for one in gone:
            del self.by_key[one.key]
        if len(gone) == len(near):
            self._flush_routes(("link", address.netns, address.link))

    def _flush_routes(self, link: Key) -> None:
        for key, device in list(self._devices.items()):
            if device == link:
                self.by_key.pop(key, None)
                del self._devices[key]

    # What is needed

    def _device(self, route: Route) -> Key:
        via = ip_address(route.via)
        assert bool(route.link) != bool(route.netns), f"{route.key}: of no link"
        for one in self.by_key.values():
            if isinstance(one, Address) and one.netns == route.netns:
                link = self.by_key["link", one.netns, one.link]
                if route.link not in (None, one.link):
                    continue
                if value_of(link, "up") and via in ip_interface(one.address).network:
                    return link.key
        raise AssertionError(f"{route.key}: the gateway is on no network")

    def _check_master(self, netns: str, master: str) -> None:
        if netns == "" and any(one.bridge == master for one in self._running_networks()):
            return
        assert isinstance(self.by_key.get(("link", netns, master)), Bridge), f"no bridge {master}"

    def _running_networks(self) -> list[Network]:
        networks = [one for one in self.by_key.values() if isinstance(one, Network)]
        return [one for one in networks if one.running]

    def _check_domain(self, domain: Domain) -> None:
        content = content_of(domain.disk)
        assert not content or ("image", content) in self.by_key, f"{domain.key}: no image"
        if not domain.running:
            return
        networks = {one.name: one.bridge for one in self._running_networks()}
        for nic in domain.nics:
            self._check_master("", nic.bridge)
            if nic.network:
                assert networks.get(nic.network) == nic.bridge, f"no network {nic.network}"


def _disk_size(wanted: Domain, there: Domain | None) -> int | None:
    """A copy of the image, which has 48 MiB, is as large as asked, and never shrinks."""
    if not wanted.disk:
        return None
    kept = there.disk_size if there is not None and same_image(there.disk, wanted.disk) else None
    return max(wanted.disk_size or 0, kept or 48)


def _with(resource: Any, **values: object) -> Any:
    return replace(resource, **values)


def _stated(resource: Any, **defaults: object) -> Any:
    return replace(
        resource,
        **{name: value for name, value in defaults.items() if getattr(resource, name) is None},
    )


def _merged(port: Port, stated: Port | None) -> Port:
    if stated is None:
        return port
    return replace(
        port,
        **{
            name: getattr(stated, name)
            for name in ("cost", "priority", "hairpin", *_VLANS)
            if getattr(stated, name) is not None
        },
    )


def _network(address: Address) -> object:
    return ip_interface(address.address).network


def decoys() -> list[Resource]:
    """A machine with things that are not ours, with names like ours, beside a free card."""
    return [
        Physical(name="eth0", mac="02:aa:00:00:00:01", mtu=1500, running=True),
        Physical(name="eth1", mac="02:aa:00:00:00:02", mtu=1500, running=True),
        Parent(device="eth0"),
        Parent(device="eth1", up=False),
        Address(link="eth0", address="192.0.2.7/24"),
        Bridge(name="br00", mtu=1500, stp=False),
        Veth(name="tlv0", peer="tlv1", mtu=1500, master="br00", port=_PORT),
        Veth(name="tlv1", peer="tlv0", mtu=1500),
        Namespace(name="mylab-c0x"),
        Namespace(name="other-c0", owner="other"),
        Bridge(name="obr0", owner="other", mtu=1500),
        Veth(name="oeth", peer="op", peer_netns="other-c0", owner="other", master="obr0"),
        Veth(netns="other-c0", name="op", peer="oeth", owner="other"),
        Address(netns="other-c0", link="op", address="10.0.0.2/24", owner="other"),
        NatTable(netns="other-c0", name="trunkline-other", outside=("op",), owner="other"),
        Network(name="default", bridge="virbr0", addresses=("192.168.122.1/24",), mtu=1500),
        Network(
            name="other-net1", bridge="virbr7", addresses=("10.7.0.1/24",), mtu=1500, owner="other"
        ),
        Domain(name="mylab-foreign", uuid="u-foreign", memory=1, vcpus=1),
    ]
