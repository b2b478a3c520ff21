"""Domains of ours made, brought to what is wanted of them, and removed with all their files.

Everything is idempotent: what was carried out already, wholly or in part, succeeds and leaves the
same behind. What does not carry the lab's mark is never touched.
"""

from __future__ import annotations

import contextlib
import errno
import platform
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import libvirt

from designer.machine.marks import Mark
from designer.machine.resources import Asked, Domain
from designer.planner.comparing import differing, must_replace, needs_restart
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.libvirt_ import writing
from tasks.drivers.libvirt_.acceleration import Acceleration
from tasks.drivers.libvirt_.connection import Connection
from tasks.drivers.libvirt_.disks import Disks
from tasks.drivers.libvirt_.handles import Handles
from tasks.drivers.libvirt_.images import Images, grow
from tasks.drivers.libvirt_.live import Live
from tasks.drivers.libvirt_.observing import Observing
from tasks.drivers.libvirt_.starting import Starting, has_vlans

_UNDEFINE = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
)


class Domains:
    """``acceleration`` is found out at the first call. Everything raises libvirtError, OSError,
    BadImage and OperationFailed."""

    def __init__(
        self,
        connection: Connection,
        observing: Observing,
        starting: Starting,
        images: Images,
        disks: Disks,
        acceleration: Callable[[], Acceleration],
    ) -> None:
        self._connection, self._observing, self._starting = connection, observing, starting
        self._images, self._disks, self._acceleration = images, disks, acceleration
        self._handles = Handles(connection)
        self._live = Live(self._handles, images)

    def create(self, operation: Operation, wanted: Domain, mark: Mark) -> None:
        """Make it, from the copy of another's disk where one waits; one that failed leaves
        nothing but that copy."""
        there = self._ours(operation, wanted.name, mark)
        if there is not None:
            if not differing(wanted, there):
                self._disks.use_copy(wanted.name, mark)
                return
            if not must_replace(wanted, differing(wanted, there)):
                self._bring(operation, wanted, there, mark)
                return
            self._remove(wanted.name)
        wanted = wanted.later or wanted
        try:
            files = self._make_files(wanted, mark)
            self._define(wanted, mark, files, starts=wanted.running)
            if wanted.running:
                self._starting.start(wanted, mark)
            self._disks.use_copy(wanted.name, mark)
        except BaseException:
            with contextlib.suppress(libvirt.libvirtError, OSError):
                self._remove(wanted.name, keep_copy_of=mark)
            raise

    def change(self, operation: Operation, wanted: Domain, mark: Mark) -> None:
        """Bring it to what is wanted; one that is gone is made."""
        there = self._ours(operation, wanted.name, mark)
        if there is None:
            self.create(operation, wanted, mark)
            return
        if "running" in operation.fields:
            there = replace(there, asked=None)  # the drawing is the newer word
        self._bring(operation, wanted, there, mark)

    def delete(self, operation: Operation, name: str, mark: Mark) -> None:
        """Remove it, with its disk and its snapshots."""
        self._ours(operation, name, mark)
        self._remove(name, keep_copy_of=mark)

    def _ours(self, operation: Operation, name: str, mark: Mark) -> Domain | None:
        """The domain of that name, if there is one; OperationFailed where it is not the lab's."""
        there = self._handles.on(name, self._observing.read)
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
        runs_on = live and there.running and wanted.running
        definition = wanted.later or wanted
        if not live and there.running:
            self._starting.stop(wanted.name)
        if "disk" in fields:
            self._disks.remove(wanted.name)
        files = self._make_files(definition, mark, keep="disk" not in fields)
        starts = wanted.running and not runs_on
        if "disk_size" in fields and "disk" not in fields:
            self._grow(wanted, running=live and there.running)
        if runs_on and wanted.later is not None:
            # First, so that the definition is looked at whatever comes between.
            self._remark_live(there, mark, redefined=True)
        asked = there.asked if "running" not in fields and not starts else None
        self._define(definition, mark, files, starts=starts, asked=asked)
        if not wanted.running:
            self._starting.stop(wanted.name)
        elif starts:
            self._starting.start(definition, mark)
        else:
            self._change_live(operation, wanted, there, fields, mark)

    def _change_live(
        self, operation: Operation, wanted: Domain, there: Domain, fields: set[str], mark: Mark
    ) -> None:
        self._live.resize(wanted, fields)
        self._live.other_cards(operation, wanted, there)
        if {"seed", "memory", "later"} & fields:
            self._remark_live(wanted, mark, redefined=wanted.later is not None)
        if "nics.bridge" in fields:
            self._live.replug(wanted, there)
        if "nics.plugged" in fields:
            self._live.set_carriers(wanted, there)
        self._handles.on(wanted.name, lambda handle: self._starting.set_vlans(handle, wanted))

    def _remark_live(self, domain: Domain, mark: Mark, *, redefined: bool) -> None:
        def remark(handle: Any) -> None:
            self._starting.remark_live(handle, domain, mark, redefined=redefined)

        self._handles.on(domain.name, remark)

    def _grow(self, wanted: Domain, *, running: bool) -> None:
        """Make its disk larger; what is larger already stays so, as when this is undone."""
        size = wanted.disk_size or 0
        if size <= (self._disks.size(wanted.name) or 0):
            return
        if running:
            self._live.grow(wanted, size)
        else:
            grow(self._disks.overlay(wanted.name), size)

    def _make_files(self, wanted: Domain, mark: Mark, *, keep: bool = False) -> writing.Files:
        """Check the images and make the overlay; ``keep`` an overlay that stands."""
        kernel = self._images.path(wanted.kernel) if wanted.kernel else None
        initrd = self._images.path(wanted.initrd) if wanted.initrd else None
        overlay, base, base_format = None, None, "qcow2"
        if wanted.disk:
            overlay = self._disks.overlay(wanted.name)
            if keep and overlay.exists():
                base, base_format = self._images.disk(wanted.disk)
            else:
                base, base_format = self._disks.make(wanted, self._images, mark)
        else:
            self._disks.enter(wanted.name, mark)
        seed = None
        if wanted.seed is not None:
            seed = self._disks.make_seed(wanted.name, wanted.uuid, wanted.seed)
        else:
            self._disks.remove_seed(wanted.name)
        return writing.Files(
            kernel=kernel,
            initrd=initrd,
            overlay=overlay,
            base=base,
            base_format=base_format,
            seed=seed,
            console=self._disks.console(wanted.name),
        )

    def _define(
        self, wanted: Domain, mark: Mark, files: writing.Files, *, starts: bool,
        asked: Asked | None = None,
    ) -> None:  # fmt: skip
        xml = writing.domain_xml(
            wanted,
            mark,
            files,
            accelerator=self._acceleration().accelerator,
            arch=platform.machine(),
            waiting=starts and has_vlans(wanted),
            asked=asked,
        )
        # Not validated here: libvirt would read its whole schema for each domain (100 ms). The
        # tests hold what is written against that schema.
        self._connection.do(lambda connection: connection.defineXML(xml))

    def _remove(self, name: str, *, keep_copy_of: Mark | None = None) -> None:
        """Stop, undefine, and remove every file; a domain that is not there is removed. The copy
        of another's disk that this deployment made it with may stay, for the next try."""
        self._starting.stop(name)
        self._handles.on(name, lambda handle: handle.undefineFlags(_UNDEFINE))
        if keep_copy_of is None or not self._disks.leave_copy(name, keep_copy_of):
            self._disks.remove(name)
