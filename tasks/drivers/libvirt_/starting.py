"""Domains started and stopped, with the VLANs that their taps have from the first frame on."""

from __future__ import annotations

import errno
from typing import Any

import libvirt

from designer.machine.marks import METADATA_NAMESPACE, Mark
from designer.machine.resources import Domain
from tasks.drivers.libvirt_ import ports, reading, writing
from tasks.drivers.libvirt_.handles import Handles
from tasks.drivers.netlink.bridging import Vlans


class Starting:
    """Everything raises libvirtError."""

    def __init__(self, handles: Handles) -> None:
        self._handles = handles

    def start(self, wanted: Domain, mark: Mark) -> None:
        """Start a domain; one with VLANs paused, until its taps have them."""
        paused = libvirt.VIR_DOMAIN_START_PAUSED if has_vlans(wanted) else 0

        def start(handle: Any) -> None:
            if not handle.isActive():
                handle.createWithFlags(paused)
            if paused:
                self.set_vlans(handle, wanted)
                if handle.state()[0] == libvirt.VIR_DOMAIN_PAUSED:
                    handle.resume()
                self.remark(handle, wanted, mark)

        self._handles.on(wanted.name, start)

    def stop(self, name: str) -> None:
        """As if its power failed; one that is off, or not there, is left."""

        def stop(handle: Any) -> None:
            try:
                if handle.isActive():
                    handle.destroy()
            except libvirt.libvirtError as error:
                if error.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:
                    raise  # else it ended by itself between the two

        self._handles.on(name, stop)

    def remark(self, handle: Any, wanted: Domain, mark: Mark) -> None:
        """Write the mark of a running domain anew."""
        handle.setMetadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT,
            writing.mark_xml(wanted, mark),
            writing.PREFIX,
            METADATA_NAMESPACE,
            libvirt.VIR_DOMAIN_AFFECT_LIVE | libvirt.VIR_DOMAIN_AFFECT_CONFIG,
        )

    def remark_live(self, handle: Any, wanted: Domain, mark: Mark, *, redefined: bool) -> None:
        """Write the mark of what runs alone: with a next start by another definition, or not."""
        handle.setMetadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT,
            writing.mark_xml(wanted, mark, redefined=redefined),
            writing.PREFIX,
            METADATA_NAMESPACE,
            libvirt.VIR_DOMAIN_AFFECT_LIVE,
        )

    def set_vlans(self, handle: Any, wanted: Domain) -> None:
        """Bring the taps of its cards to their VLANs. Raises OSError."""
        if not has_vlans(wanted):
            return
        taps = reading.taps(reading.parse(handle.XMLDesc()))
        vlans = {}
        for nic in wanted.nics:
            if nic.pvid is None:
                continue
            tap = taps.get(nic.mac.lower())
            if tap is None:
                raise OSError(errno.ENODEV, f"{wanted.name} has no tap for its card {nic.mac}")
            vlans[tap] = Vlans(nic.pvid, nic.untagged or (), nic.tagged or ())
        ports.set_vlans(vlans)


def has_vlans(domain: Domain) -> bool:
    return any(nic.pvid is not None for nic in domain.nics)
