"""The state of one hypervisor, desired or observed: resources by key, and what it can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from designer.machine.resources import Key, Resource

R = TypeVar("R")


class DuplicateResource(ValueError):
    """Two resources claim one key; ``key`` says which."""

    def __init__(self, key: Key) -> None:
        self.key = key
        super().__init__(f"Two resources are called {'/'.join(key)}.")


@dataclass(frozen=True)
class MachineState:
    """Resources by key, in the order in which they were given."""

    resources: Mapping[Key, Resource] = field(default_factory=dict)

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> MachineState:
        """Raises :class:`DuplicateResource`."""
        by_key: dict[Key, Resource] = {}
        for resource in resources:
            if resource.key in by_key:
                raise DuplicateResource(resource.key)
            by_key[resource.key] = resource
        return cls(by_key)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources.values())

    def __len__(self) -> int:
        return len(self.resources)

    def get(self, key: Key) -> Resource | None:
        return self.resources.get(key)

    def of_type(self, *types: type[R]) -> Iterator[R]:
        return (one for one in self if isinstance(one, types))

    def owned_by(self, lab: str) -> MachineState:
        return MachineState({key: one for key, one in self.resources.items() if one.owner == lab})


@dataclass(frozen=True, slots=True, kw_only=True)
class NicFacts:
    """A physical card as the inventory shows it."""

    name: str
    mac: str
    mtu: int
    up: bool
    addresses: tuple[str, ...] = ()
    master: str | None = None
    protected: bool = False
    """In the hypervisor's own list of NICs that no design may touch."""
    management: bool = False
    """The agent reaches its controller by it."""
    unbridgeable: str = ""
    """Why it cannot be a bridge's port ("a wireless card"), or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """A libvirt network as the inventory shows it; ``owner`` is the lab that made it, or None."""

    name: str
    bridge: str = ""
    """Empty where it has none: forwarding to a card of the hypervisor's own, by macvtap say."""
    forward: str = ""
    addresses: tuple[str, ...] = ()
    dhcp: bool = False
    active: bool = False
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What a hypervisor is and can do. ``features`` has the names of :data:`FEATURES`, each with
    whether it was found to work by trying; ``links`` are the names taken in its own namespace,
    ``subnets`` the prefixes that it has routes to, ``images`` the files in its image folder.

    ``loadable`` are kernel modules that are not there and can be loaded ("8021q"); what such a
    module gives counts as a feature, and the plan loads it first."""

    name: str
    kernel: str = ""
    libvirt: str = ""
    features: Mapping[str, bool] = field(default_factory=dict)
    nics: tuple[NicFacts, ...] = ()
    links: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    disks: Mapping[str, int] = field(default_factory=dict)
    """Of those images that are disks: bytes that a VM's disk made from it has."""
    networks: tuple[NetworkFacts, ...] = ()
    """libvirt's, whoever made them."""
    listening: tuple[str, ...] = ()
    """Ports that somebody listens on, and not for the hypervisor alone: "tcp/22"."""
    dropping: tuple[str, ...] = ()
    """Chains of its own packet filter, of no lab's, that drop what is forwarded and no rule of
    theirs accepts: "ip filter FORWARD" as in nft(8), or "iptables-legacy FORWARD"."""
    bridges_call: bool = False
    """Its bridges ask the packet filter about what crosses them (br_netfilter)."""
    library: tuple[str, ...] = ()
    """The SHA-256 of each image of a library that is copied there."""
    loadable: tuple[str, ...] = ()
    memory: int = 0
    """MiB."""
    vcpus: int = 0
    confirm_within: int = 0
    """Seconds after which a change that may cut the hypervisor off is put back unless the
    controller is reached again."""
    disk: int | None = None
    """MiB of the file system that images and disks are on; None where nobody has told."""
    disk_free: int | None = None
    """MiB left there, rounded down so that it does not tell of every breath."""

    def nic(self, name: str) -> NicFacts | None:
        return next((nic for nic in self.nics if nic.name == name), None)

    def network(self, name: str) -> NetworkFacts | None:
        return next((one for one in self.networks if one.name == name), None)

    def can(self, feature: str) -> bool:
        return self.features.get(feature, False)


FEATURES: Mapping[str, str] = {
    "bridge": "the kernel's bridge (CONFIG_BRIDGE)",
    "veth": "veth pairs (CONFIG_VETH)",
    "vxlan": "VXLAN (CONFIG_VXLAN)",
    "netns": "network namespaces (CONFIG_NET_NS)",
    "nftables": "nftables with NAT (CONFIG_NF_TABLES, CONFIG_NFT_MASQ)",
    "8021q": "802.1Q sub-interfaces (CONFIG_VLAN_8021Q)",
    "vlan_filtering": "VLAN-aware bridges (CONFIG_BRIDGE_VLAN_FILTERING)",
    "libvirt": "a libvirtd that answers",
    "network": "libvirt's networks (its network driver, and dnsmasq)",
    "kvm": "a working /dev/kvm; without it VMs run under TCG, slowly",
}
"""What a hypervisor may lack, by the name used in findings, with what it stands for."""
