"""Domains as they are: what libvirt says of them, and the kernel of their taps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import libvirt

from designer.machine.images import content_of
from designer.machine.resources import Domain, Key
from designer.planner import waiting
from tasks.drivers.libvirt_ import ports, reading, snapshots
from tasks.drivers.libvirt_.connection import Connection
from tasks.drivers.libvirt_.disks import Disks
from tasks.drivers.libvirt_.handles import unless_gone
from tasks.drivers.libvirt_.images import Images
from tasks.drivers.libvirt_.leases import Looking
from tasks.drivers.libvirt_.networks import Networks


class Observing:
    """``sysfs`` is the /sys of the network namespace that the VMs' taps are in. Everything raises
    libvirtError."""

    def __init__(
        self, connection: Connection, networks: Networks, images: Images, disks: Disks, sysfs: Path
    ) -> None:
        self._connection, self._networks = connection, networks
        self._images, self._disks, self._sysfs = images, disks, sysfs
        self._lacking: dict[str, bool] = {}

    def observe(self, lab: str, keys: Collection[Key] = ()) -> list[Domain]:
        """Every domain of the lab, and whatever stands under those keys."""
        names = {key[1] for key in keys if key[0] == "domain"}
        return self._connection.do(lambda connection: list(self._observe(connection, lab, names)))

    def waits_for_leases(self) -> bool:
        """Whether a card of any lab that was looked at should have a lease and has none."""
        return any(list(self._lacking.values()))

    def _observe(self, connection: Any, lab: str, names: Collection[str]) -> Iterator[Domain]:
        taps = ports.Taps(self._sysfs)
        bridges = self._networks.bridges(connection)
        leases = Looking(connection)
        for handle in connection.listAllDomains():
            with unless_gone():
                found = self.read(handle, taps, bridges)
                if found.owner == lab or found.name in names:
                    yield leases.added(found)
        self._lacking[lab] = leases.waiting

    def read(
        self,
        handle: Any,
        taps: ports.Taps | None = None,
        bridges: Mapping[str, str] | None = None,
    ) -> Domain:
        """One domain, whoever's it is. ``bridges`` are those of the networks."""
        taps = taps or ports.Taps(self._sysfs)
        if bridges is None:
            bridges = self._networks.bridges(handle.connect())
        state, reason = handle.state()
        root = reading.parse(handle.XMLDesc())
        found = reading.domain_of(
            root,
            active=bool(handle.isActive()),
            state=state,
            reason=reason,
            snapshots=snapshots.of(handle),
            images=self._images,
            bridge_of=taps.bridge_of,
            vlans_of=taps.vlans_of,
            disk_size=self._disks.size(handle.name()),
            networks=bridges,
        )
        if found.running and reading.is_redefined(root):
            found = waiting.defined(found, self._definition(handle))
        return found

    def _definition(self, handle: Any) -> Domain:
        """What a domain that runs is started as next."""
        return reading.domain_of(
            reading.parse(handle.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)),
            active=False,
            state=libvirt.VIR_DOMAIN_SHUTOFF,
            images=self._images,
            bridge_of=lambda _tap: None,
        )

    def images_in_use(self) -> set[str]:
        """The SHA-256 of each library image that a domain of ours has, whatever its lab. Raises
        libvirtError."""
        names = self._connection.do(lambda connection: list(self._image_names(connection)))
        return {content for name in names if (content := content_of(name))}

    def _image_names(self, connection: Any) -> Iterator[str]:
        for handle in connection.listAllDomains():
            with unless_gone():
                root = reading.parse(handle.XMLDesc())
                yield from reading.image_names(root)
                if reading.is_redefined(root):
                    inactive = handle.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
                    yield from reading.image_names(reading.parse(inactive))
