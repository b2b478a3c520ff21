"""The libvirt driver: observe domains and networks, and perform operations on them.

Everything is idempotent: an operation that was carried out already, wholly or in part, succeeds
and leaves the same behind. What does not carry the lab's mark is never touched.
"""

from __future__ import annotations

import contextlib
import errno
import platform
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import libvirt

from designer.machine.images import content_of
from designer.machine.marks import METADATA_NAMESPACE, Mark
from designer.machine.resources import Asked, Domain, DomainNic, Key, Network
from designer.machine.state import NetworkFacts
from designer.planner.comparing import (
    cards_of_both,
    cards_only_in,
    differing,
    must_replace,
    needs_restart,
    place_of,
)
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.libvirt_ import ports, reading, snapshots, writing
from tasks.drivers.libvirt_.acceleration import Acceleration, decide
from tasks.drivers.libvirt_.connection import Connection, is_missing
from tasks.drivers.libvirt_.consoles import Consoles
from tasks.drivers.libvirt_.copying import Copying
from tasks.drivers.libvirt_.disks import Disks
from tasks.drivers.libvirt_.events import LifecycleWatch
from tasks.drivers.libvirt_.failing import failed
from tasks.drivers.libvirt_.guests import Guests
from tasks.drivers.libvirt_.images import MIB, BadImage, Images, grow
from tasks.drivers.libvirt_.leases import DNSMASQ, LeaseWatch, Looking
from tasks.drivers.libvirt_.lifecycle import Lifecycle
from tasks.drivers.libvirt_.networks import Networks
from tasks.drivers.netlink.bridging import Vlans

T = TypeVar("T")

_STARTS, _STOPS = 4, 16
"""Threads. Starting gains nothing beyond four (QEMU's own work); stopping is mostly libvirt's
wait of 200 ms for each domain."""

_ASKS, _LETS_GO = 4, 5.0
"""How often a guest is asked to let go of a card, and the seconds that it has for it: one that
has not booted that far hears nothing."""

_UNDEFINE = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
)
_UNPLUGGED = 0.5
"""Seconds without a carrier: long enough for an emulated guest to see it."""


class Libvirt:
    """``images_dir`` is where kernels and disk images are taken from; under ``state_dir`` the
    driver keeps overlays, console logs and what it found out about KVM. ``sysfs`` is the /sys of
    the network namespace that the VMs' taps are in."""

    def __init__(
        self,
        uri: str,
        images_dir: Path,
        state_dir: Path,
        *,
        sysfs: Path = Path("/sys"),
        dnsmasq: Path = DNSMASQ,
    ) -> None:
        self.uri = uri
        self.images = Images(Path(images_dir))
        self.state_dir = Path(state_dir)
        self.disks = Disks(self.state_dir)
        self._sysfs = sysfs
        self._dnsmasq = dnsmasq
        self._lacking: dict[str, bool] = {}
        self._connection = Connection(uri)
        self.guests = Guests(self._connection)
        self._networks = Networks(self._connection)
        self.consoles = Consoles(uri, self.disks)
        self.lifecycle = Lifecycle(self._connection, self._start, self._set_vlans)
        self.copying = Copying(self.lifecycle, self.disks, self.images)
        self._acceleration: Acceleration | None = None
        self._deciding = threading.Lock()  # many domains start at once, and one tries for all

    # What it is and can do

    def available(self) -> bool:
        """Whether a libvirtd answers."""
        return self.version() != ""

    def version(self) -> str:
        """libvirt's version, such as 9.0.0; empty where none answers."""
        try:
            number = self._connection.do(lambda connection: connection.getLibVersion(), wait=0)
        except libvirt.libvirtError:
            return ""
        return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"

    def acceleration(self) -> Acceleration:
        """KVM or emulation, found out once per boot by trying (it can take ten seconds)."""
        with self._deciding:
            if self._acceleration is None:
                self._acceleration = decide(self.state_dir, self._files())
            return self._acceleration

    def image_names(self) -> tuple[str, ...]:
        """The files that VMs can be started from, as designs name them."""
        folder = self.images.folder
        return tuple(sorted(str(path.relative_to(folder)) for path in self._files()))

    def has_networks(self) -> bool:
        """Whether it can make networks."""
        return self._networks.usable()

    def networks(self) -> tuple[NetworkFacts, ...]:
        """Every network that it has, whoever made it."""
        return self._networks.facts()

    def close(self) -> None:
        self.consoles.close()
        self._connection.close()

    # Observe

    def observe(self, lab: str, keys: Collection[Key] = ()) -> list[Domain]:
        """Every domain of the lab, and whatever stands under those keys. Raises libvirtError."""
        names = {key[1] for key in keys if key[0] == "domain"}
        return self._connection.do(lambda connection: list(self._observe(connection, lab, names)))

    def observe_networks(self, lab: str, keys: Collection[Key] = ()) -> list[Network]:
        """Every network of the lab, and whatever stands under those keys. Raises libvirtError."""
        return self._networks.observe(lab, keys)

    def _observe(self, connection: Any, lab: str, names: Collection[str]) -> Iterator[Domain]:
        taps = ports.Taps(self._sysfs)
        bridges = self._networks.bridges(connection)
        leases = Looking(connection)
        for handle in connection.listAllDomains():
            with _unless_gone():
                found = self._read(handle, taps, bridges)
                if found.owner == lab or found.name in names:
                    yield leases.added(found)
        self._lacking[lab] = leases.waiting

    def _read(
        self,
        handle: Any,
        taps: ports.Taps | None = None,
        bridges: Mapping[str, str] | None = None,
    ) -> Domain:
        """``bridges`` are those of the networks."""
        taps = taps or ports.Taps(self._sysfs)
        if bridges is None:
            bridges = self._networks.bridges(handle.connect())
        state, reason = handle.state()
        return reading.domain_of(
            reading.parse(handle.XMLDesc()),
            active=bool(handle.isActive()),
            state=state,
            reason=reason,
            snapshots=snapshots.of(handle),
            images=self.images,
            bridge_of=taps.bridge_of,
            vlans_of=taps.vlans_of,
            disk_size=self.disks.size(handle.name()),
            networks=bridges,
        )

    def images_in_use(self) -> set[str]:
        """The SHA-256 of each library image that a domain of ours has, whatever its lab. Raises
        libvirtError."""
        names = self._connection.do(lambda connection: list(self._image_names(connection)))
        return {content for name in names if (content := content_of(name))}

    def _image_names(self, connection: Any) -> Iterator[str]:
        for handle in connection.listAllDomains():
            with _unless_gone():
                yield from reading.image_names(reading.parse(handle.XMLDesc()))

    def watch(self, on_change: Callable[[], None]) -> LifecycleWatch:
        """Call back, from a thread of its own, when domains or networks may have changed;
        ``close()`` it."""
        return LifecycleWatch(self.uri, on_change)

    def watch_leases(self, on_change: Callable[[], None]) -> LeaseWatch:
        """Call back, from a thread of its own, when a VM may have got a lease."""
        return LeaseWatch(
            self._dnsmasq,
            on_change,
            waiting=lambda: any(list(self._lacking.values())),
            all_leases=self._networks.all_leases,
        )

    # Perform

    def perform(self, operation: Operation, mark: Mark) -> None:
        """Carry out one operation on a domain or a network. Raises OperationFailed."""
        try:
            if operation.key[0] == "network":
                self._networks.perform(operation, mark)
                return
            match operation.action:
                case "create":
                    assert isinstance(operation.after, Domain)
                    self._create(operation, operation.after, mark)
                case "change":
                    assert isinstance(operation.after, Domain)
                    self._change(operation, operation.after, mark)
                case "delete":
                    self._delete(operation, operation.key[1], mark)
        except libvirt.libvirtError as error:
            raise failed(operation, error) from error
        except BadImage as error:
            raise OperationFailed(operation, None, error.words, error.advice) from error
        except OSError as error:
            words = error.strerror or str(error)
            if error.filename:
                words = f"{error.filename}: {words}"
            raise OperationFailed(operation, error.errno, words) from error
        except ValueError as error:
            advice = "Change it in the drawing."
            raise OperationFailed(operation, errno.EINVAL, str(error), advice) from error

    def perform_many(self, operations: Sequence[Operation], mark: Mark) -> None:
        """Carry out operations, those of one kind and action at once, several at a time; networks
        one by one, as each may want what another has.

        All that were begun are finished before the first failure is raised; then no further
        action is begun.
        """
        if operations:
            self.sweep(mark.lab)
        kinds = groupby(operations, key=lambda one: (one.key[0], one.action == "delete"))
        for (kind, stops), several in kinds:
            group = list(several)
            threads = 1 if kind == "network" else _STOPS if stops else _STARTS
            with ThreadPoolExecutor(threads, "libvirt") as pool:
                done: list[Future[None]] = [pool.submit(self.perform, one, mark) for one in group]
            for one in done:
                one.result()

    def sweep(self, lab: str, copies_for: Collection[str] | None = None) -> list[str]:
        """Remove the files of domains of the lab that somebody else undefined, and copies of disks
        but for these domains, or for any that are still to be made."""
        try:
            living = self._connection.do(
                lambda connection: {one.name() for one in connection.listAllDomains()}
            )
        except libvirt.libvirtError:
            return []
        return self.disks.sweep(lab, living, copies_for)

    def _create(self, operation: Operation, wanted: Domain, mark: Mark) -> None:
        there = self._ours(operation, wanted.name, mark)
        if there is not None:
            if not differing(wanted, there):
                return
            if not must_replace(wanted, differing(wanted, there)):
                self._bring(operation, wanted, there, mark)
                return
            self._remove(wanted.name)
        try:
            files = self._make_files(wanted, mark)
            self._define(wanted, mark, files, starts=wanted.running)
            if wanted.running:
                self._start(wanted, mark)
            self.disks.use_copy(wanted.name)
        except BaseException:
            with contextlib.suppress(libvirt.libvirtError, OSError):
                self._remove(wanted.name, keep_copy=True)
            raise

    def _change(self, operation: Operation, wanted: Domain, mark: Mark) -> None:
        there = self._ours(operation, wanted.name, mark)
        if there is None:
            self._create(operation, wanted, mark)
            return
        if "running" in operation.fields:
            there = replace(there, asked=None)  # the drawing is the newer word
        self._bring(operation, wanted, there, mark)

    def _delete(self, operation: Operation, name: str, mark: Mark) -> None:
        self._ours(operation, name, mark)
        self._remove(name)

    def _ours(self, operation: Operation, name: str, mark: Mark) -> Domain | None:
        """The domain of that name, if there is one; OperationFailed where it is not the lab's."""
        there = self._on(name, self._read)
        if there is not None and there.owner != mark.lab:
            whose = f"belongs to the lab {there.owner}" if there.owner else "is not Trunkline's"
            words = f"The domain {name} {whose}"
            raise OperationFailed(operation, errno.EEXIST, words)
        return there

    def _bring(self, operation: Operation, wanted: Domain, there: Domain, mark: Mark) -> None:
        """Make a standing domain of ours as it should be, live where that is possible."""
        fields = set(differing(wanted, there))
        if "running" not in fields:  # as it is drawn, or as somebody asked
            wanted = replace(wanted, running=there.running)
        live = not needs_restart(wanted, there, fields)
        if not live and there.running:
            self._stop(wanted.name)
        if "disk" in fields:
            self.disks.remove(wanted.name)
        files = self._make_files(wanted, mark, keep="disk" not in fields)
        starts = wanted.running and (not live or not there.running)
        if "disk_size" in fields and "disk" not in fields:
            self._grow(wanted, running=live and there.running)
        asked = there.asked if "running" not in fields and not starts else None
        self._define(wanted, mark, files, starts=starts, asked=asked)
        if not wanted.running:
            self._stop(wanted.name)
        elif starts:
            self._start(wanted, mark)
        else:
            self._resize(wanted, fields)
            self._other_cards(operation, wanted, there)
            if {"seed", "memory"} & fields:
                self._on(wanted.name, lambda handle: self._remark(handle, wanted, mark))
            if "nics.bridge" in fields:
                self._replug(wanted, there)
            if "nics.plugged" in fields:
                self._set_carriers(wanted, there)
            self._on(wanted.name, lambda handle: self._set_vlans(handle, wanted))

    def _grow(self, wanted: Domain, *, running: bool) -> None:
        """Make its disk larger; what is larger already stays so, as when this is undone."""
        if (wanted.disk_size or 0) <= (self.disks.size(wanted.name) or 0):
            return
        assert wanted.disk_size is not None
        size, disk = wanted.disk_size * MIB, f"{writing.PREFIXES[wanted.disk_bus]}a"
        if running:
            in_bytes = libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES
            self._on(wanted.name, lambda handle: handle.blockResize(disk, size, in_bytes))
        else:
            grow(self.disks.overlay(wanted.name), wanted.disk_size)

    def _resize(self, wanted: Domain, fields: Collection[str]) -> None:
        """Other memory and vCPUs for a running VM that has room for them."""
        live = libvirt.VIR_DOMAIN_AFFECT_LIVE
        if "memory" in fields:
            kib = wanted.memory * 1024
            self._on(wanted.name, lambda handle: handle.setMemoryFlags(kib, live))
        if "vcpus" in fields:
            self._on(wanted.name, lambda handle: handle.setVcpusFlags(wanted.vcpus, live))

    def _other_cards(self, operation: Operation, wanted: Domain, there: Domain) -> None:
        """Take cards out of a running VM, with its guest's consent, and put others in."""
        for gone in cards_only_in(there.nics, wanted.nics):
            self._detach(operation, wanted.name, gone)
        for new in cards_only_in(wanted.nics, there.nics):
            self._attach(wanted.name, writing.nic_xml(new))

    def _attach(self, name: str, device: str) -> None:
        live = libvirt.VIR_DOMAIN_AFFECT_LIVE
        self._on(name, lambda handle: handle.attachDeviceFlags(device, live))

    def _detach(self, operation: Operation, name: str, nic: DomainNic) -> None:
        device = writing.nic_xml(nic)
        for _ in range(_ASKS):
            if self._on(name, lambda handle: _take_out(handle, nic.mac, device)) is not False:
                return
        raise OperationFailed(
            operation,
            errno.EBUSY,
            f"The guest does not let go of the card {nic.mac}",
            "Shut the VM down, or wait until its system is up, then deploy again.",
        )

    def _replug(self, wanted: Domain, there: Domain) -> None:
        configured = self._on(wanted.name, self._live_places) or {}
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

    def _set_carriers(self, wanted: Domain, there: Domain) -> None:
        """Pull and plug the cables of a running VM (``virsh domif-setlink``): its guest sees it."""
        for nic, seen in cards_of_both(wanted.nics, there.nics):
            if nic.plugged != seen.plugged:
                self._update(wanted.name, writing.nic_xml(nic))

    def _update(self, name: str, device: str) -> None:
        live = libvirt.VIR_DOMAIN_AFFECT_LIVE
        self._on(name, lambda handle: handle.updateDeviceFlags(device, live))

    def _live_places(self, handle: Any) -> dict[str, tuple[str, str]]:
        """Where libvirt believes that each card is plugged in."""
        found = reading.domain_of(
            reading.parse(handle.XMLDesc()),
            active=True,
            state=1,
            images=self.images,
            bridge_of=lambda _tap: None,
        )
        return {nic.mac: place_of(nic) for nic in found.nics}

    def _make_files(self, wanted: Domain, mark: Mark, *, keep: bool = False) -> writing.Files:
        """Check the images and make the overlay; ``keep`` an overlay that stands."""
        kernel = self.images.path(wanted.kernel) if wanted.kernel else None
        initrd = self.images.path(wanted.initrd) if wanted.initrd else None
        overlay, base, base_format = None, None, "qcow2"
        if wanted.disk:
            overlay = self.disks.overlay(wanted.name)
            if keep and overlay.exists():
                base, base_format = self.images.disk(wanted.disk)
            else:
                base, base_format = self.disks.make(wanted, self.images, mark)
        else:
            self.disks.enter(wanted.name, mark)
        seed = None
        if wanted.seed is not None:
            seed = self.disks.make_seed(wanted.name, wanted.uuid, wanted.seed)
        else:
            self.disks.remove_seed(wanted.name)
        return writing.Files(
            kernel=kernel,
            initrd=initrd,
            overlay=overlay,
            base=base,
            base_format=base_format,
            seed=seed,
            console=self.disks.console(wanted.name),
        )

    def _define(
        self, wanted: Domain, mark: Mark, files: writing.Files, *, starts: bool,
        asked: Asked | None = None,
    ) -> None:  # fmt: skip
        xml = writing.domain_xml(
            wanted,
            mark,
            files,
            accelerator=self.acceleration().accelerator,
            arch=platform.machine(),
            waiting=starts and _has_vlans(wanted),
            asked=asked,
        )
        # Not validated here: libvirt would read its whole schema for each domain (100 ms). The
        # tests hold what is written against that schema.
        self._connection.do(lambda connection: connection.defineXML(xml))

    def _start(self, wanted: Domain, mark: Mark) -> None:
        """Start a domain; one with VLANs paused, until its taps have them."""
        paused = libvirt.VIR_DOMAIN_START_PAUSED if _has_vlans(wanted) else 0

        def start(handle: Any) -> None:
            if not handle.isActive():
                handle.createWithFlags(paused)
            if paused:
                self._set_vlans(handle, wanted)
                if handle.state()[0] == libvirt.VIR_DOMAIN_PAUSED:
                    handle.resume()
                self._remark(handle, wanted, mark)

        self._on(wanted.name, start)

    def _remark(self, handle: Any, wanted: Domain, mark: Mark) -> None:
        """Write the mark of a running domain anew."""
        handle.setMetadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT,
            writing.mark_xml(wanted, mark),
            writing.PREFIX,
            METADATA_NAMESPACE,
            libvirt.VIR_DOMAIN_AFFECT_LIVE | libvirt.VIR_DOMAIN_AFFECT_CONFIG,
        )

    def _set_vlans(self, handle: Any, wanted: Domain) -> None:
        if not _has_vlans(wanted):
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

    def _stop(self, name: str) -> None:
        def stop(handle: Any) -> None:
            try:
                if handle.isActive():
                    handle.destroy()
            except libvirt.libvirtError as error:
                if error.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:
                    raise  # else it ended by itself between the two

        self._on(name, stop)

    def _remove(self, name: str, *, keep_copy: bool = False) -> None:
        """Stop, undefine, and remove every file; a domain that is not there is removed. A copy of
        another's disk may stay, for the next try."""
        self._stop(name)
        self._on(name, lambda handle: handle.undefineFlags(_UNDEFINE))
        if not (keep_copy and self.disks.has_copy(name)):
            self.disks.remove(name)

    def _on(self, name: str, what: Callable[[Any], T]) -> T | None:
        """Do something with a domain by its name; None where there is none of that name."""

        def look_up(connection: Any) -> T | None:
            with _unless_gone():
                return what(connection.lookupByName(name))
            return None

        return self._connection.do(look_up)

    def _files(self) -> Iterator[Path]:
        folder = self.images.folder
        with contextlib.suppress(OSError):
            for path in sorted(folder.rglob("*")):
                hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
                if path.is_file() and not hidden:
                    yield path


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


def _has_vlans(domain: Domain) -> bool:
    return any(nic.pvid is not None for nic in domain.nics)


@contextlib.contextmanager
def _unless_gone() -> Iterator[None]:
    """Domains come and go while we look."""
    try:
        yield
    except libvirt.libvirtError as error:
        if not is_missing(error):
            raise
