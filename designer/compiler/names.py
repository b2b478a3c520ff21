"""Names that nobody chose: unique between labs, the same at each deploy, short enough.

Linux allows 15 bytes to an interface. ``lab`` is the lab's tag, eight of a-z 0-9.
"""

from __future__ import annotations

import hashlib
import uuid

_NETWORKS = uuid.uuid5(uuid.NAMESPACE_URL, "https://trunkline.invalid/network")
_DOMAINS = uuid.uuid5(uuid.NAMESPACE_URL, "https://trunkline.invalid/domain")


def bridge(lab: str, bridge_id: str) -> str:
    """Of a bridge, or a network's bridge, that the user gave no name."""
    return "tlb" + _digest(lab, bridge_id)[:10]


def host_side(lab: str, interface_id: str) -> str:
    """Of the end of a veth pair that is in the hypervisor's own namespace."""
    return "tlv" + _digest(lab, interface_id)[:10]


def vxlan(lab: str, interface_id: str) -> str:
    """Of the VXLAN device at a bridge's port."""
    return "tlx" + _digest(lab, interface_id)[:10]


def namespace(lab: str, node_id: str) -> str:
    return f"{lab}-{node_id}"


def domain(lab: str, node_id: str) -> str:
    return f"{lab}-{node_id}"


def domain_uuid(lab: str, node_id: str) -> str:
    return str(uuid.uuid5(_DOMAINS, f"{lab}/{node_id}"))


def network(lab: str, node_id: str) -> str:
    """libvirt's name for it."""
    return f"{lab}-{node_id}"


def network_uuid(lab: str, node_id: str) -> str:
    return str(uuid.uuid5(_NETWORKS, f"{lab}/{node_id}"))


def container_mac(lab: str, interface_id: str) -> str:
    """Locally administered (the second bit of the first byte)."""
    return "02:" + _octets(_digest(lab, interface_id)[:10])


def guest_mac(lab: str, interface_id: str, attempt: int = 0) -> str:
    """Under QEMU's prefix, which leaves 24 bits: the caller counts up ``attempt`` until it is
    unique in the lab."""
    salt = f"#{attempt}" if attempt else ""
    return "52:54:00:" + _octets(_digest(lab, interface_id + salt)[:6])


def _digest(lab: str, id: str) -> str:
    return hashlib.sha256(f"{lab}/{id}".encode()).hexdigest()


def _octets(digits: str) -> str:
    return ":".join(map("".join, zip(digits[::2], digits[1::2], strict=True)))
