"""Two labs want one thing: what the one that came second is told."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from designer.deploy.access import may_know
from designer.deploy.errors import Conflict
from designer.deploy.models import Claim, Hypervisor
from designer.deploy.wanted import Wanted
from designer.labs.models import Lab, User
from designer.topology import vlans

Clash = tuple[Wanted, UUID]
"""What is wanted, and the lab that has it."""

ELSEWHERE = "or place the host on another hypervisor."


def clash(clashes: Sequence[Clash], by: User | None) -> Conflict:
    """About the clash that says most; where that is a VLAN, about all of the same NIC and lab. The
    lab is named where the user may know of it."""
    first, holder = min(clashes, key=_telling)
    lab = Lab.objects.get(pk=holder)
    whose = f"the lab {lab.name!r}" if may_know(by, lab) else "another lab"
    alike = [one for one, other in clashes if other == holder and _alike(one, first)]
    where = ""
    if first.hypervisor is not None:
        where = Hypervisor.objects.values_list("name", flat=True).get(pk=first.hypervisor)
    belongs, way_out = _told(first, alike, where)
    return Conflict("claimed", f"{first.ref}: {belongs} to {whose}. {way_out}")


def _told(first: Wanted, alike: Sequence[Wanted], where: str) -> tuple[str, str]:
    """What belongs to another lab, and what to do about it."""
    if first.vlan is not None:
        ids = [one.vlan[1] for one in alike if one.vlan is not None]
        on = f"on the NIC {first.vlan[0]!r} of {where}"
        several = f"The VLANs {vlans.shown(ids)} {on} belong"
        belongs = several if len(ids) > 1 else f"VLAN {ids[0]} {on} belongs"
        return belongs, f"Choose other VLANs or another NIC, {ELSEWHERE}"
    if first.card:
        belongs = f"The NIC {first.value!r} of {where}, as a bridge's port, belongs"
        return belongs, f"Choose another NIC, {ELSEWHERE}"
    if first.kind == Claim.Kind.VNI:
        return f"The VNI {first.value} belongs", "Choose another VNI, or leave it empty."
    if first.kind == Claim.Kind.SUBNET:
        return f"The subnet {first.value} on {where} belongs", f"Choose another subnet, {ELSEWHERE}"
    if first.kind == Claim.Kind.FORWARD:
        protocol, _, port = first.value.partition("/")
        belongs = f"The {protocol.upper()} port {port} of {where}, which is forwarded, belongs"
        return belongs, f"Forward another port, {ELSEWHERE}"
    return f"The interface name {first.value!r} on {where} belongs", "Choose another name."


def _alike(one: Wanted, other: Wanted) -> bool:
    """Whether both are VLANs of the same NIC, or it is one thing."""
    if one.vlan is None or other.vlan is None:
        return one.key == other.key
    return (one.hypervisor, one.vlan[0]) == (other.hypervisor, other.vlan[0])


def _telling(clash: Clash) -> tuple[bool, bool, str, str, int]:
    """A VLAN or a NIC is a reason for a name to be taken, not the other way round: NICs first,
    then VLANs, then names and numbers."""
    wanted, _ = clash
    device, vid = wanted.vlan or (wanted.value, 0)
    return not wanted.card, wanted.vlan is None, str(wanted.hypervisor or ""), device, vid
