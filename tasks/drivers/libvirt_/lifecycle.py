"""What people do to VMs by hand: start, shut down, pause, go back to a snapshot, copy a disk.

From any thread, on the connection that the driver has. Only a domain that carries the lab's mark
is touched. Each is done at most once: where libvirtd goes away in the middle, that is said and
nothing is tried again. What is so already is left, and said.

What was asked stands in the domain's own metadata, so that it is known after a restart of the
agent and of libvirtd, and goes with the domain.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Container
from typing import Any, TypeVar

import libvirt

from designer.machine.marks import ASKED_NAMESPACE, METADATA_NAMESPACE, Mark
from designer.machine.resources import Asked, Domain
from tasks.drivers.errors import CannotAct
from tasks.drivers.libvirt_ import reading, snapshots, writing
from tasks.drivers.libvirt_.connection import Connection, is_missing
from tasks.drivers.libvirt_.failing import advice_on_action
from tasks.drivers.libvirt_.starting import Starting, has_vlans

T = TypeVar("T")

_ACTIVE_LIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE | libvirt.VIR_DOMAIN_AFFECT_CONFIG
_OFF = "It is shut off."
_NOTHING_ASKED = (libvirt.VIR_ERR_NO_DOMAIN_METADATA, libvirt.VIR_ERR_NO_DOMAIN)


class Lifecycle:
    """Everything raises CannotAct."""

    def __init__(self, connection: Connection, starting: Starting) -> None:
        self._connection, self._starting = connection, starting

    def is_off(self, lab: str, name: str) -> bool:
        return self._on(lab, name, lambda handle: not handle.isActive())

    def start(self, wanted: Domain, mark: Mark, asked: Asked) -> str:
        def start(handle: Any) -> str:
            if handle.isActive():
                if _paused(handle):
                    raise CannotAct("It is paused.", "Resume it.")
                return "It runs already."
            _ask(handle, None if wanted.running else asked)
            if has_vlans(wanted):  # it stands still until it has them, and that is known
                handle.setMetadata(
                    libvirt.VIR_DOMAIN_METADATA_ELEMENT,
                    writing.mark_xml(wanted, mark, waiting=True),
                    writing.PREFIX,
                    METADATA_NAMESPACE,
                    libvirt.VIR_DOMAIN_AFFECT_CONFIG,
                )
            self._starting.start(wanted, mark)
            return "Started."

        return self._on(mark.lab, wanted.name, start)

    def press_power(self, lab: str, name: str, asked: Asked) -> bool:
        """Ask the guest to shut itself down: by its agent if one answers there, else by ACPI's
        power button. False: it is shut off already."""

        def press(handle: Any) -> bool:
            if not handle.isActive():
                return False
            if _paused(handle):
                raise CannotAct(
                    "It is paused, so its guest hears nothing.",
                    "Resume it first, or force it off.",
                )
            _ask(handle, asked)
            with _unless_it_just_ended(handle):
                handle.shutdown()
            return True

        return self._on(lab, name, press)

    def forget_asked(self, lab: str, name: str) -> None:
        """What was asked did not come about."""
        self._on(lab, name, lambda handle: _ask(handle, None))

    def forget_overruled(self, but_for: Container[str]) -> None:
        """Of VMs of ours that are otherwise than a person asked: somebody else had the last word,
        by virsh or inside, and when they are so again one day it is not because of that person.
        Those that something is being done to are left."""

        def forget(connection: Any) -> None:
            for handle in connection.listAllDomains():
                try:
                    if handle.name() not in but_for and _is_overruled(handle):
                        _ask(handle, None)
                except libvirt.libvirtError as error:
                    if error.get_error_code() not in _NOTHING_ASKED:
                        raise

        self._call(forget)

    def force_off(self, lab: str, name: str, asked: Asked) -> str:
        def force(handle: Any) -> str:
            _ask(handle, asked)
            if not handle.isActive():
                return "It was shut off already."
            with _unless_it_just_ended(handle):
                handle.destroy()
            return "Forced off."

        return self._on(lab, name, force)

    def pause(self, lab: str, name: str, asked: Asked) -> str:
        def pause(handle: Any) -> str:
            if not handle.isActive():
                raise CannotAct(_OFF, "Only a VM that runs can be paused.")
            before = _paused(handle)
            _ask(handle, asked)
            if before:
                return "It was paused already."
            handle.suspend()
            return "Paused."

        return self._on(lab, name, pause)

    def resume(self, wanted: Domain, mark: Mark, asked: Asked) -> str:
        def resume(handle: Any) -> str:
            if not handle.isActive():
                raise CannotAct(_OFF, "Start it.")
            if not _paused(handle):
                return "It runs already."
            handle.resume()
            _ask(handle, None if wanted.running else asked)
            return "Resumed."

        return self._on(mark.lab, wanted.name, resume)

    def begin_reboot(self, lab: str, name: str) -> Reboot:
        """Ask the guest to start anew; what is returned says when it did. Close it."""

        def begin(handle: Any) -> Reboot:
            if not handle.isActive():
                raise CannotAct(_OFF, "Start it.")
            if _paused(handle):
                raise CannotAct(
                    "It is paused, so its guest hears nothing.", "Resume it first, or force it off."
                )
            return Reboot(handle)

        return self._on(lab, name, begin)

    # Snapshots

    def snapshot(self, lab: str, name: str, snapshot: str) -> str:
        def make(handle: Any) -> str:
            self._require_disk(handle)
            if snapshot in {one.name for one in snapshots.of(handle)}:
                raise CannotAct(f"It has a snapshot {snapshot!r} already.", "Choose another name.")
            running = handle.isActive()
            snapshots.make(handle, snapshot)
            return f"Snapshot {snapshot!r} made{', with its memory' if running else ''}."

        return self._on(lab, name, make)

    def revert(self, wanted: Domain, mark: Mark, snapshot: str, by: str, at: str) -> str:
        def revert(handle: Any) -> str:
            there = {one.name: one.state for one in snapshots.of(handle)}
            if snapshot not in there:
                raise _no_snapshot(snapshot)
            vlans = has_vlans(wanted)
            snapshots.revert(handle, snapshot, paused=vlans)
            if vlans and there[snapshot] == "running":
                self._starting.set_vlans(handle, wanted)
                handle.resume()
            state = "off" if not handle.isActive() else "paused" if _paused(handle) else "running"
            drawn = state == "running" and wanted.running
            _ask(handle, None if drawn else Asked(state=state, by=by, at=at))  # type: ignore[arg-type]
            how = {"off": "shut off", "paused": "paused", "running": "running"}[state]
            return f"Put back to {snapshot!r}: {how}, as it was then."

        return self._on(mark.lab, wanted.name, revert)

    def delete_snapshot(self, lab: str, name: str, snapshot: str) -> str:
        def delete(handle: Any) -> str:
            if snapshot not in {one.name for one in snapshots.of(handle)}:
                return f"There was no snapshot {snapshot!r} any more."
            snapshots.delete(handle, snapshot)
            return f"Snapshot {snapshot!r} deleted."

        return self._on(lab, name, delete)

    def _require_disk(self, handle: Any) -> None:
        if reading.parse(handle.XMLDesc()).find("devices/disk[@device='disk']") is None:
            raise CannotAct(
                "It has no disk that could hold a snapshot.",
                "Give it a disk image and deploy; then snapshots are kept in its copy of it.",
            )

    # Standing still, for a copy

    def runs(self, lab: str, name: str) -> bool:
        """Whether its disk may change at any moment."""
        return self._on(lab, name, lambda handle: bool(handle.isActive()) and not _paused(handle))

    def hold(self, lab: str, name: str) -> None:
        """Have a VM stand still, with all that it wrote on disk (QEMU flushes when it stops)."""

        def hold(handle: Any) -> None:
            if handle.isActive() and not _paused(handle):
                handle.suspend()

        self._on(lab, name, hold)

    def let_go(self, lab: str, name: str) -> None:
        def let_go(handle: Any) -> None:
            if handle.isActive() and _paused(handle):
                handle.resume()

        self._on(lab, name, let_go)

    def is_defined(self, name: str) -> bool:
        def look(connection: Any) -> bool:
            return name in {one.name() for one in connection.listAllDomains()}

        return self._call(look)

    def _on(self, lab: str, name: str, what: Callable[[Any], T]) -> T:
        """Do something with a domain of the lab."""

        def look_up(connection: Any) -> T:
            try:
                handle = connection.lookupByName(name)
                mark = reading.mark_of(reading.parse(handle.XMLDesc()))
            except libvirt.libvirtError as error:
                if is_missing(error):
                    raise CannotAct(
                        "libvirt has no such VM on this hypervisor.", "Deploy the lab."
                    ) from None
                raise
            if mark is None or mark.lab != lab:
                raise CannotAct(
                    "The VM of that name does not carry this lab's mark.",
                    "Somebody else made it: remove it by hand, or rename the one in the drawing.",
                )
            return what(handle)

        return self._call(look_up)

    def _call(self, what: Callable[[Any], T]) -> T:
        try:
            return self._connection.do(what, wait=0)
        except libvirt.libvirtError as error:
            words = str(error.get_error_message() or error)
            raise CannotAct(f"{words[0].upper()}{words[1:]}.", advice_on_action(error)) from error
        except OSError as error:
            advice = "Deploy the lab: its plan mends what is missing."
            raise CannotAct(str(error), advice) from error


class Reboot:
    """A guest that was asked to start anew. libvirt tells of it once it does, whoever began it."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._connection = handle.connect()
        self._happened = threading.Event()
        self._watch = self._connection.domainEventRegisterAny(
            handle, libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, lambda *_: self._happened.set(), None
        )
        try:
            self.press()
        except BaseException:
            self.close()
            raise

    def press(self) -> None:
        """By its agent if one answers there, else by ACPI's power button. Raises libvirtError."""
        self._handle.reboot(0)

    def happened(self) -> bool:
        return self._happened.is_set()

    def is_off(self) -> bool:
        try:
            return not self._handle.isActive()
        except libvirt.libvirtError:
            return True

    def close(self) -> None:
        with contextlib.suppress(libvirt.libvirtError):  # libvirtd was restarted
            self._connection.domainEventDeregisterAny(self._watch)


def _ask(handle: Any, asked: Asked | None) -> None:
    """Write down what was asked; None takes it away."""
    flags = _ACTIVE_LIVE if handle.isActive() else libvirt.VIR_DOMAIN_AFFECT_CONFIG
    xml = None if asked is None else writing.asked_xml(asked)
    element = libvirt.VIR_DOMAIN_METADATA_ELEMENT
    with _unless_it_just_ended(handle):
        handle.setMetadata(element, xml, writing.ASKED_PREFIX, ASKED_NAMESPACE, flags)
        return
    flags = libvirt.VIR_DOMAIN_AFFECT_CONFIG
    handle.setMetadata(element, xml, writing.ASKED_PREFIX, ASKED_NAMESPACE, flags)


@contextlib.contextmanager
def _unless_it_just_ended(handle: Any) -> Any:
    """A guest may end by itself between two calls."""
    try:
        yield
    except libvirt.libvirtError as error:
        ended = error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID
        if not ended or handle.isActive():
            raise


def _is_overruled(handle: Any) -> bool:
    """Raises libvirtError where nothing was asked of it."""
    handle.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, ASKED_NAMESPACE)  # of most there is none
    root = reading.parse(handle.XMLDesc())
    if reading.mark_of(root) is None:
        return False
    return reading.is_overruled(root, active=bool(handle.isActive()), paused=_paused(handle))


def _paused(handle: Any) -> bool:
    return bool(handle.state()[0] == libvirt.VIR_DOMAIN_PAUSED)


def _no_snapshot(name: str) -> CannotAct:
    return CannotAct(f"It has no snapshot {name!r}.", "Look at the list: it may have been deleted.")
