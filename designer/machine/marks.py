"""The marks by which we know what is ours.

==========  =====================================================================
links       alias ``trunkline:LAB:DEPLOYMENT`` (IFLA_IFALIAS), and the link group
cards       lent to a bridge: an alternative name ``trunkline-LAB-NAME``, with ``+down`` behind it
            where the card was down before; never an alias
cards       with sub-interfaces of a lab's: one ``trunkline+LAB+up+NAME`` or ``…+down+NAME``
namespaces  the same alias on their loopback
addresses   protocol 84 (IFA_PROTO), on a link of ours
routes      protocol 84 (RTA protocol), in a namespace of ours
nftables    the table's name ``trunkline-LAB`` and the comment of each rule
domains     a metadata element of namespace ``https://trunkline.invalid/mark/1``
networks    the same, of libvirt's networks
files       of domains: the manifest in the agent's state folder, ``disks/DOMAIN.json``
==========  =====================================================================
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

PROTOCOL = 84
"""Of addresses and routes; not taken in /etc/iproute2/rt_protos or rt_addrprotos."""

METADATA_NAMESPACE = "https://trunkline.invalid/mark/1"
ASKED_NAMESPACE = "https://trunkline.invalid/asked/1"
"""Of the metadata element of a domain with what a person asked of it last."""
LAB_TAG = re.compile(r"^[a-z0-9]{4,16}$")
_TEXT = re.compile(r"^trunkline:([a-z0-9]{4,16}):([A-Za-z0-9-]{0,40})$")
_PARENT = re.compile(r"^trunkline\+([a-z0-9]{4,16})\+(up|down)\+[^/:\s]{1,15}$")


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose a thing is: the lab's tag, and the deployment that made it."""

    lab: str
    deployment: str

    def __str__(self) -> str:
        return f"trunkline:{self.lab}:{self.deployment}"


def parse(text: str | None) -> Mark | None:
    """The mark in this text, or None where it is none of ours."""
    found = _TEXT.fullmatch(text or "")
    return Mark(found[1], found[2]) if found else None


@dataclass(frozen=True, slots=True)
class ParentMark:
    """Which lab has sub-interfaces on a card, and whether the card was up before any lab came."""

    lab: str
    was_up: bool


def parent_mark(lab: str, was_up: bool, device: str) -> str:
    """The alternative name of a card that a lab has sub-interfaces on. It has the card's own name
    in it because a namespace has each alternative name once, and a lab may use two cards."""
    return f"trunkline+{lab}+{'up' if was_up else 'down'}+{device}"


def parse_parent(name: str) -> ParentMark | None:
    """The mark in this alternative name, or None where it is none of ours."""
    found = _PARENT.fullmatch(name)
    return ParentMark(found[1], found[2] == "up") if found else None


def table_name(lab: str) -> str:
    return f"trunkline-{lab}"


def group_of(lab: str) -> int:
    """The link group (IFLA_GROUP, 32 bit) of a lab: only to delete many links at once, and never
    trusted alone."""
    return 0x54000000 | int.from_bytes(hashlib.sha256(lab.encode()).digest()[:3], "big")
