"""Probes: frames that hypervisors send each other over a segment, before anything is deployed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSpec:
    """What one hypervisor sends and listens for on one of its cards.

    ``segment`` is the drawn segment's id, ``nic`` the card's name on this hypervisor. ``vlans``
    are the VLAN ids to be tried in rising order, 0 for untagged frames. ``sizes``, also rising,
    are bytes of payload behind the inner EtherType (so the tag does not count, as it does not
    count in an MTU): a small frame, and the largest that must pass.
    """

    segment: str
    nic: str
    vlans: tuple[int, ...]
    sizes: tuple[int, ...]
