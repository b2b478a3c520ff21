"""Leases of libvirt's networks: which address dnsmasq gave to which card, and when that changes.

libvirt has them for the asking (virNetworkGetDHCPLeases) and sends no event for one. Its helper
puts a new file ``BRIDGE.status`` in place at each change (src/network/leaseshelper.c), so that
folder is watched. Where it cannot be, leases are asked for every second, as long as a VM on a
network has none.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import libvirt

from designer.machine.resources import Domain, DomainNic, Lease
from tasks.drivers.inotify import FolderWatch

DNSMASQ = Path("/var/lib/libvirt/dnsmasq")
"""Where the system's libvirtd has dnsmasq's files (LOCALSTATEDIR/lib/libvirt/dnsmasq)."""
_ASK_EVERY = 1.0
"""Seconds, where the folder cannot be watched; also until the next attempt to watch it."""
_NO_NETWORKS = frozenset({libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_NO_CONNECT})

ByMac = Mapping[str, tuple[Lease, ...]]


class Looking:
    """The leases of one observation; each network is asked once, when a card is on it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._known: dict[str, ByMac] = {}
        self.waiting = False
        """Whether a running VM has a card on a network and no lease there."""

    def added(self, domain: Domain) -> Domain:
        """The domain with the leases of its cards, while it runs."""
        if not domain.running or not any(nic.network for nic in domain.nics):
            return domain
        return replace(domain, nics=tuple(self._card(nic) for nic in domain.nics))

    def _card(self, nic: DomainNic) -> DomainNic:
        if not nic.network:
            return nic
        if nic.network not in self._known:
            self._known[nic.network] = read(self._connection, nic.network)
        found = self._known[nic.network].get(nic.mac.lower(), ())
        self.waiting = self.waiting or not found
        return replace(nic, leases=found or None)


def read(connection: Any, network: str) -> ByMac:
    """The leases of a network by MAC; none of one that is off or not there. Raises libvirtError."""
    found: dict[str, list[Lease]] = {}
    try:
        told = connection.networkLookupByName(network).DHCPLeases()
    except libvirt.libvirtError as error:
        code = error.get_error_code()
        gone = {libvirt.VIR_ERR_NO_NETWORK, libvirt.VIR_ERR_OPERATION_INVALID, *_NO_NETWORKS}
        if code not in gone:
            raise
        return {}
    for one in told:
        lease = Lease(
            address=f"{one['ipaddr']}/{one['prefix']}",
            hostname=one.get("hostname") or "",
            expires=int(one.get("expirytime") or 0) or None,
        )
        found.setdefault(str(one.get("mac") or "").lower(), []).append(lease)
    return {mac: tuple(sorted(leases, key=_order)) for mac, leases in found.items()}


def _order(lease: Lease) -> tuple[bool, str]:
    return ":" in lease.address, lease.address


class LeaseWatch:
    """Calls back, from a thread of its own, when leases may have changed; ``close()`` ends it.

    ``waiting`` says whether a VM has no lease yet, ``all_leases`` gives what to compare: both are
    used only while the folder cannot be watched.
    """

    def __init__(
        self,
        folder: Path,
        on_change: Callable[[], None],
        *,
        waiting: Callable[[], bool],
        all_leases: Callable[[], object],
    ) -> None:
        self._folder, self._on_change = folder, on_change
        self._waiting, self._all_leases = waiting, all_leases
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC)
        self._closing = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="libvirt-leases", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """The callback is not called any more once this returns; again does nothing."""
        if self._closed:
            return
        self._closing = self._closed = True
        os.write(self._wake_write, b"x")
        self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _run(self) -> None:
        seen: object = None
        while not self._closing:
            try:
                watch = FolderWatch(self._folder)
            except OSError:
                if self._waiting() and (now := self._all_leases()) != seen:
                    seen = now
                    self._on_change()
                self._wait(_ASK_EVERY)
                continue
            try:
                self._on_change()  # whatever came before told nobody
                self._watch(watch)
            except FileNotFoundError:
                pass  # libvirt was removed, or its folder made anew
            finally:
                watch.close()

    def _watch(self, watch: FolderWatch) -> None:
        while not self._closing:
            self._wait(None, watch.fileno())
            names = list(watch.read())
            if not self._closing and any(not name or name.endswith(".status") for name in names):
                self._on_change()

    def _wait(self, seconds: float | None, *descriptors: int) -> None:
        poll = select.poll()
        for descriptor in (self._wake_read, *descriptors):
            poll.register(descriptor, select.POLLIN)
        poll.poll(None if seconds is None else seconds * 1000)
