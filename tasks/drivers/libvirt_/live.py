"""What of a domain changes while it runs: memory, vCPUs, cards, and where their cables lead."""

from __future__ import annotations

import errno
import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import libvirt

from designer.machine.resources import Domain, DomainNic
from designer.planner.comparing import cards_of_both, cards_only_in, place_of
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.libvirt_ import ports, reading, writing
from tasks.drivers.libvirt_.handles import Handles
from tasks.drivers.libvirt_.images import MIB, Images

_ASKS, _LETS_GO = 4, 5.0
"""How often a guest is asked to let go of a card, and the seconds that it has for it: one that
has not booted that far hears nothing."""
_UNPLUGGED = 0.5
"""Seconds without a carrier: long enough for an emulated guest to see it."""


class Live:
    """Everything raises libvirtError."""

    def __init__(self, handles: Handles, images: Images) -> None:
        self._handles, self._images = handles, images

    def grow(self, wanted: Domain, size: int) -> None:
        """Make its disk larger, to so many MiB."""
        disk = f"{writing.PREFIXES[wanted.disk_bus]}a"
        in_bytes = libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES
        self._handles.on(wanted.name, lambda handle: handle.blockResize(disk, size * MIB, in_bytes))

    def resize(self, wanted: Domain, fields: Collection[str]) -> None:
        """Other memory and vCPUs for a running VM that has room for them."""
        live = libvirt.VIR_DOMAIN_AFFECT_LIVE
        if "memory" in fields:
            kib = wanted.memory * 1024
            self._handles.on(wanted.name, lambda handle: handle.setMemoryFlags(kib, live))
        if "vcpus" in fields:
            self._handles.on(wanted.name, lambda handle: handle.setVcpusFlags(wanted.vcpus, live))

    def other_cards(self, operation: Operation, wanted: Domain, there: Domain) -> None:
        """Take cards out of a running VM, with its guest's consent, and put others in."""
        for gone in cards_only_in(there.nics, wanted.nics):
            self._detach(operation, wanted.name, gone)
        for new in cards_only_in(wanted.nics, there.nics):
            self._attach(wanted.name, writing.nic_xml(new))

    def _attach(self, name: str, device: str) -> None:
        live = libvirt.VIR_DOMAIN_AFFECT_LIVE
        self._handles.on(name, lambda handle: handle.attachDeviceFlags(device, live))

    def _detach(self, operation: Operation, name: str, nic: DomainNic) -> None:
        device = writing.nic_xml(nic)
        for _ in range(_ASKS):
            gone = self._handles.on(name, lambda handle: _take_out(handle, nic.mac, device))
            if gone is not False:  # or there is no such domain any more
                return
        raise OperationFailed(
            operation,
            errno.EBUSY,
            f"The guest does not let go of the card {nic.mac}",
            "Shut the VM down, or wait until its system is up, then deploy again.",
        )

    def replug(self, wanted: Domain, there: Domain) -> None:
        """Bring cards to where their cables lead now."""
        configured = self._handles.on(wanted.name, self._live_places) or {}
        for nic, seen in cards_of_both(wanted.nics, there.nics):
            if seen.tap is None or place_of(seen) == place_of(nic):
                continue
            believed = configured.get(nic.mac.lower()) == place_of(nic)
            if believed:
                ports.plug(seen.tap, nic.bridge)  # libvirt believes that it is there
            if not believed or nic.network:
                self._move(wanted.name, nic)

    def _move(self, name: str, nic: DomainNic) -> None:
        """Bring a card to its network or bridge with its cable out for a moment, as by hand: so
        the guest sees its carrier go and come, and asks for an address on the LAN that it is on
        now."""
        self._update(name, writing.nic_xml(replace(nic, plugged=False)))
        time.sleep(_UNPLUGGED)
        self._update(name, writing.nic_xml(nic))

    def set_carriers(self, wanted: Domain, there: Domain) -> None:
        """Pull and plug the cables of a running VM (``virsh domif-setlink``): its guest sees it."""
        for nic, seen in cards_of_both(wanted.nics, there.nics):
            if nic.plugged != seen.plugged:
                self._update(wanted.name, writing.nic_xml(nic))

    def _update(self, name: str, device: str) -> None:
        live = libvirt.VIR_DOMAIN_AFFECT_LIVE
        self._handles.on(name, lambda handle: handle.updateDeviceFlags(device, live))

    def _live_places(self, handle: Any) -> dict[str, tuple[str, str]]:
        """Where libvirt believes that each card is plugged in."""
        found = reading.domain_of(
            reading.parse(handle.XMLDesc()),
            active=True,
            state=1,
            images=self._images,
            bridge_of=lambda _tap: None,
        )
        return {nic.mac: place_of(nic) for nic in found.nics}


def _take_out(handle: Any, mac: str, device: str) -> bool:
    """Whether a guest has let go of a card within a while."""

    def is_there() -> bool:
        return mac.lower() in reading.macs(reading.parse(handle.XMLDesc()))

    if not is_there():
        return True
    handle.detachDeviceFlags(device, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    deadline = time.monotonic() + _LETS_GO
    while is_there():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
