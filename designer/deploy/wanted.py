"""What a design wants for itself alone: VXLAN network identifiers, names of interfaces, VLANs of
NICs, subnets that a hypervisor itself is in, and ports of hypervisors that are forwarded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_interface
from uuid import UUID

from designer.deploy.models import Claim
from designer.machine import resources
from designer.machine.resources import (
    LINK_KINDS,
    Address,
    NatTable,
    Network,
    Physical,
    Resource,
    Vlan,
)
from designer.machine.state import MachineState
from designer.topology.design import Design
from designer.topology.kinds import Segment
from designer.topology.trunks import trunks

Key = tuple[str, str, UUID | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to be claimed; ``hypervisor`` is None for what counts everywhere."""

    kind: str
    value: str
    hypervisor: UUID | None
    ref: str
    drawn: bool = True
    """False: chosen by us from a pool, so that another will do as well."""
    card: bool = False
    """The name is that of a NIC, which is to be a bridge's port."""

    @property
    def key(self) -> Key:
        return self.kind, self.value, self.hypervisor

    @property
    def vlan(self) -> tuple[str, int] | None:
        """NIC and id, where it is a VLAN; a name of an interface has no slash in it."""
        if self.kind != Claim.Kind.VLAN:
            return None
        device, _, vid = self.value.rpartition("/")
        return device, int(vid)


def wanted_by(
    design: Design,
    vnis: Mapping[str, int],
    states: Mapping[UUID, MachineState],
    origins: Mapping[UUID, Mapping[resources.Key, str]],
    chosen: Collection[str] = (),
) -> list[Wanted]:
    """Everything that these machine states need to have for themselves: the VNIs, the names of
    links in the hypervisors' own namespace (other names carry the lab's tag), VLANs of their
    NICs, wherever these lead, the subnets of networks and of other addresses of the hypervisors
    themselves (each has one routing table), and the ports that are forwarded.
    ``chosen`` are the networks, by id, whose subnets come from the pool."""
    drawn = {one.id for one in design.of_kind(Segment) if one.vni}
    wanted = [
        Wanted(Claim.Kind.VNI, str(vni), None, f"nodes/{segment}", segment in drawn)
        for segment, vni in vnis.items()
    ]
    native = _native_vlans(design)
    for hypervisor, state in states.items():
        for resource in state:
            ref = origins[hypervisor].get(resource.key, "")
            if resource.kind in LINK_KINDS and getattr(resource, "netns", None) == "":
                name, card = resource.key[2], isinstance(resource, Physical)
                wanted.append(Wanted(Claim.Kind.LINK, name, hypervisor, ref, card=card))
            if isinstance(resource, Network) and resource.owner is not None:
                wanted.append(Wanted(Claim.Kind.LINK, resource.bridge, hypervisor, ref))
                by_hand = ref.removeprefix("nodes/") not in chosen
                for address in resource.addresses or ():
                    subnet = str(ip_interface(address).network)
                    wanted.append(Wanted(Claim.Kind.SUBNET, subnet, hypervisor, ref, by_hand))
            if isinstance(resource, Address) and not resource.netns:
                network = ip_interface(resource.address).network
                if not network.is_link_local:
                    wanted.append(Wanted(Claim.Kind.SUBNET, str(network), hypervisor, ref))
            for forward in _forwards_of(resource):
                wanted.append(Wanted(Claim.Kind.FORWARD, forward, hypervisor, ref))
            for device, vid in _vlans_of(resource, native.get(ref)):
                wanted.append(Wanted(Claim.Kind.VLAN, f"{device}/{vid}", hypervisor, ref))
    return wanted


def _forwards_of(resource: Resource) -> Iterator[str]:
    """The hypervisor's own ports that lead elsewhere."""
    if isinstance(resource, NatTable) and not resource.netns:
        for one in resource.forwards:
            yield f"{one.protocol}/{one.port}"


def _vlans_of(resource: Resource, native: int | None) -> Iterator[tuple[str, int]]:
    """NIC and id of each VLAN that the resource takes from a NIC: the kernel gives the frames of
    one to a single sub-interface, and a bridge that has the NIC as a port sees none of them."""
    if isinstance(resource, Vlan):
        yield resource.device, resource.vid
    elif isinstance(resource, Physical) and resource.port is not None:
        ids = {*(resource.port.untagged or ()), *(resource.port.tagged or ())}
        if native is not None:
            ids.add(native)
        for vid in ids:
            yield resource.name, vid


def _native_vlans(design: Design) -> dict[str, int]:
    """The VLANs that go untagged through a NIC itself beside its sub-interfaces, by the link that
    leads to their bridge: the machine is not told which VLAN that is."""
    return {
        f"links/{access.link.id}": access.vlan
        for trunking in trunks(design).values()
        if not trunking.aware
        for access in trunking.accesses
        if access.link is not None
        and access.vlan is not None
        and access.vlan == trunking.trunk.native
    }
