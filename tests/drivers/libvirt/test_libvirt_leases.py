"""Leases are seen within two seconds of their being given, by the folder's events and without."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from designer.machine.resources import DhcpRange, Domain, DomainNic, Lease, Network
from designer.planner.operations import Operation
from tasks import guest
from tasks.drivers.libvirt_ import Libvirt
from tests.drivers.libvirt.bench import LAB, MARK, Bench, create, delete, eventually, vm

pytestmark = pytest.mark.libvirt

MAC = "52:54:00:00:00:44"
NET = Network(
    name=f"{LAB}-leases",
    bridge="virbr8",
    uuid="0f6c9f0f-5f0e-5c0c-8a7e-3f1f6a0f2c44",
    forward="isolated",
    addresses=("10.45.0.1/24",),
    ranges=(DhcpRange(start="10.45.0.10", end="10.45.0.99"),),
    leases=(),
    domain="",
    dns=True,
    owner=LAB,
)
DNSMASQ = "var/lib/libvirt/dnsmasq"
SECONDS = 2.0


class Watcher:
    """Looks when it is told to, as the agent's monitor does, and notes when it saw the lease."""

    def __init__(self, driver: Libvirt) -> None:
        self._driver, self._told, self._over = driver, threading.Event(), threading.Event()
        self.looks = 0
        self.seen: tuple[float, Lease] | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def told(self) -> None:
        self._told.set()

    def _run(self) -> None:
        while not self._over.is_set():
            if not self._told.wait(0.1):
                continue
            self._told.clear()
            self.looks += 1
            found = [leases_of(one) for one in self._driver.observe(LAB) if isinstance(one, Domain)]
            if self.seen is None and found and found[0]:
                self.seen = time.time(), found[0][0]

    def close(self) -> None:
        self._over.set()
        self._thread.join()


def leases_of(domain: Domain) -> tuple[Lease, ...]:
    return domain.nics[0].leases or ()


def test_a_lease_shows_within_two_seconds(bench: Bench, tmp_path: Path) -> None:
    folder = bench.hypervisor.root_path / DNSMASQ
    drivers = [
        Libvirt(
            bench.hypervisor.libvirt_uri_outside,
            bench.hypervisor.images_dir,
            tmp_path / f"state-{number}",
            sysfs=bench.hypervisor.root_path / "sys",
            dnsmasq=where,
        )
        for number, where in enumerate((folder, tmp_path / "not there"))
    ]
    watchers = [Watcher(driver) for driver in drivers]
    closers: list[Callable[[], None]] = [watcher.close for watcher in watchers]
    network = Operation(action="create", key=NET.key, after=NET, reason="test")
    gone = Operation(action="delete", key=NET.key, before=NET, reason="test")
    domain = vm(
        "leased",
        cmdline=f"{guest.CMDLINE} eth0=dhcp hostname=guest",
        nics=(DomainNic(mac=MAC, bridge=NET.bridge, network=NET.name),),
    )
    try:
        bench.driver.perform(network, MARK)
        bench.driver.perform(create(domain), MARK)
        for driver, watcher in zip(drivers, watchers, strict=True):
            (seen,) = [one for one in driver.observe(LAB) if isinstance(one, Domain)]
            assert leases_of(seen) == ()
            watch = driver.watch_leases(watcher.told)
            closers.insert(0, watch.close)
        status = folder / f"{NET.bridge}.status"
        eventually(lambda: status.exists() and MAC in status.read_text(), within=120)
        given = status.stat().st_mtime
        eventually(lambda: all(watcher.seen for watcher in watchers), within=10)
        for watcher in watchers:
            assert watcher.seen is not None
            when, lease = watcher.seen
            assert when - given < SECONDS
            assert lease.address.startswith("10.45.0.")
            assert lease.address.endswith("/24")
            assert (lease.hostname, lease.expires is not None) == ("guest", True)
            assert lease.expires is not None
            assert lease.expires > given
            assert watchers[1].looks <= 2  # asked for every second, and looked at when it changed
        bench.driver.perform(delete(domain), MARK)
    finally:
        for close in closers:
            close()
        for driver in drivers:
            driver.close()
        bench.driver.perform(gone, MARK)
