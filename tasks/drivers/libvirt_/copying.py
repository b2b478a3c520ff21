"""A copy of a VM's disk as it is now, for a VM that is not made yet.

Like the original it is a layer over the same image: only what the VM wrote is copied. The VM
stands still meanwhile. The copy is entered in the manifest before it is begun, with whether the
original has to be let go, so that an agent that was killed in the middle leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from designer.machine.marks import Mark
from tasks.drivers.errors import CannotAct
from tasks.drivers.libvirt_.disks import Disks
from tasks.drivers.libvirt_.images import BadImage, Images
from tasks.drivers.libvirt_.lifecycle import Lifecycle

Tell = Callable[[str], bool]
"""Called with how far it is, several times a second; False: leave off."""

_PROGRESS = re.compile(rb"\(([0-9.]+)/100%\)")


class Copying:
    """From any thread. Everything raises CannotAct."""

    def __init__(self, lifecycle: Lifecycle, disks: Disks, images: Images) -> None:
        self._lifecycle, self._disks, self._images = lifecycle, disks, images

    def copy(self, source: str, target: str, mark: Mark, tell: Tell) -> str:
        """Copy the disk of one domain of the lab for another one, which is not made yet."""
        runs = self._lifecycle.runs(mark.lab, source)
        if self._lifecycle.is_defined(target):
            raise CannotAct(
                f"The VM {target} is there already.", "A copy is for a VM that is not deployed yet."
            )
        image = self._disks.image(source)
        if not image or not self._disks.overlay(source).exists():
            raise CannotAct("It has no disk that could be copied.", "Duplicate it instead.")
        try:
            base, base_format = self._images.disk(image)
            self._disks.enter_copy(target, mark, image, of=source, held=runs)
            try:
                if runs:
                    self._lifecycle.hold(mark.lab, source)
                self._convert(source, target, base, base_format, tell)
                self._disks.finish_copy(target)
            except BaseException:
                with contextlib.suppress(OSError):
                    self._disks.remove(target)
                raise
            finally:
                if runs:
                    self._lifecycle.let_go(mark.lab, source)
        except BadImage as error:
            raise CannotAct(error.words, error.advice) from error
        except OSError as error:
            words = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            raise CannotAct(words, "Make room on the hypervisor's disk.") from error
        return "Its disk is copied. Deploy, and the new VM starts from there."

    def mend(self) -> None:
        """After a start of the agent: what an earlier run left half done goes, and a VM that stood
        still for it runs on."""
        for target, lab, source, held in self._disks.unfinished():
            if held:
                with contextlib.suppress(CannotAct):
                    self._lifecycle.let_go(lab, source)
            self._disks.remove(target)

    def _convert(self, source: str, target: str, base: Path, base_format: str, tell: Tell) -> None:
        """qemu-img(1). ``--force-share``: QEMU has the original open, and writes nothing to it
        while the VM stands still."""
        command = [
            *("qemu-img", "convert", "-p", "--force-share", "-f", "qcow2", "-O", "qcow2"),
            *("-B", str(base), "-F", base_format),
            *(str(self._disks.overlay(source)), str(self._disks.overlay(target))),
        ]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as copying:
            assert copying.stdout is not None
            assert copying.stderr is not None
            try:
                while some := os.read(copying.stdout.fileno(), 4096):
                    far = _PROGRESS.findall(some)
                    if far and not tell(f"Copying its disk: {float(far[-1]):.0f} %."):
                        raise CannotAct("The agent was stopped meanwhile.", "Clone it again.")
            except BaseException:
                copying.kill()
                raise
            said = copying.stderr.read().decode(errors="replace").strip()
        if copying.returncode:
            full = "No space left" in said
            raise CannotAct(
                said or f"qemu-img ended with {copying.returncode}.",
                "Make room on the hypervisor's disk, then clone it again. Nothing of the copy was "
                "left." if full else "Look at the disk of the hypervisor, then clone it again.",
            )  # fmt: skip
