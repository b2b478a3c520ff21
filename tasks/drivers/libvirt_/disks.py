"""The files of our domains: copies on write of disk images, seeds, and console logs.

Each file has an entry in the manifest, a JSON file of its own that is written before it and
removed after it, so that a crash at any point leaves nothing that nobody knows.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

from designer.machine.marks import Mark
from designer.machine.resources import Domain, Seed
from tasks.drivers.libvirt_ import seeds
from tasks.drivers.libvirt_.images import Images, create_overlay, grow, size_of

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")


class Disks:
    """Files of domains under the agent's state folder."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / "disks"
        self.consoles = state_dir / "consoles"

    def overlay(self, domain: str) -> Path:
        return self.folder / f"{_checked(domain)}.qcow2"

    def seed(self, domain: str) -> Path:
        return self.folder / f"{_checked(domain)}.iso"

    def console(self, domain: str) -> Path:
        return self.consoles / f"{_checked(domain)}.log"

    def _entry(self, domain: str) -> Path:
        return self.folder / f"{_checked(domain)}.json"

    def make(self, domain: Domain, images: Images, mark: Mark) -> tuple[Path, str]:
        """A new overlay over its image, or the copy that was made for this domain; (path of the
        image, its format). Raises BadImage."""
        base, base_format = images.disk(domain.disk)
        overlay = self.overlay(domain.name)
        if self._is_copy(domain.name, mark.lab, domain.disk):
            if (domain.disk_size or 0) > (size_of(overlay) or 0):
                grow(overlay, domain.disk_size or 0)
            return base, base_format
        self.enter(domain.name, mark, domain.disk)
        overlay.unlink(missing_ok=True)
        create_overlay(overlay, base, base_format, domain.disk_size)
        return base, base_format

    def size(self, domain: str) -> int | None:
        """Of its disk in MiB, rounded up; None where it has none of ours."""
        return size_of(self.overlay(domain)) if _NAME.fullmatch(domain) else None

    def make_seed(self, domain: str, uuid: str, seed: Seed) -> Path:
        """What its cloud-init is told from its next start on; its entry is there already."""
        path = self.seed(domain)
        seeds.write(path, uuid, seed)
        return path

    def enter(self, domain: str, mark: Mark, image: str = "") -> None:
        """Write the manifest's entry for the files of a domain."""
        self._write(domain, {"lab": mark.lab, "deployment": mark.deployment, "image": image})

    def _write(self, domain: str, values: dict[str, Any]) -> None:
        for folder in (self.folder, self.consoles):
            folder.mkdir(parents=True, exist_ok=True)
        entry = self._entry(domain)
        new = entry.with_suffix(".json.new")
        with new.open("w") as file:
            file.write(json.dumps(values) + "\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(entry)

    def image(self, domain: str) -> str:
        """The image under the overlay of a domain; "" where it has none."""
        return str(self._read(domain).get("image", ""))

    # Copies of disks, for domains that are not made yet. A copy is its domain's own disk once the
    # deployment that made the domain stands: until then the domain may be taken away again, and
    # its disk waits for the next try.

    def enter_copy(self, domain: str, mark: Mark, image: str, *, of: str, held: bool) -> None:
        """Before a copy is begun. ``held``: the original stands still for it."""
        self.overlay(domain).unlink(missing_ok=True)
        self._write(domain, {
            "lab": mark.lab, "deployment": mark.deployment, "image": image,
            "copy_of": of, "held": held, "whole": False,
        })  # fmt: skip

    def finish_copy(self, domain: str) -> None:
        """The copy is whole: the domain is made with it."""
        self._write(domain, {**self._read(domain), "whole": True, "held": False})

    def use_copy(self, domain: str, mark: Mark) -> None:
        """The domain is made with it, by this deployment."""
        entry = self._read(domain)
        if "copy_of" in entry:
            self._write(domain, {**entry, "used_by": mark.deployment})

    def leave_copy(self, domain: str, mark: Mark) -> bool:
        """The domain goes: whether its disk stays, as a copy that waits for it to be made. So it
        does where it was never made whole, and where the deployment that made it is put back."""
        entry = self._read(domain)
        if entry.get("whole") is not True or _is_its_own(entry, mark):
            return False
        self._remove_all_but_disk(domain)
        self._write(domain, {name: entry[name] for name in entry if name != "used_by"})
        return True

    def own_copies(self, lab: str, mark: Mark) -> None:
        """From the next deployment on, copies that were used are their domains' own disks."""
        for domain, entry in self._entries():
            if entry.get("lab") == lab and _is_its_own(entry, mark):
                kept = ("lab", "deployment", "image")
                self._write(domain, {name: entry[name] for name in kept})

    def unfinished(self) -> list[tuple[str, str, str, bool]]:
        """(domain, lab, original, whether that stood still) of copies that are not whole."""
        return [
            (domain, entry["lab"], entry["copy_of"], bool(entry["held"]))
            for domain, entry in self._entries()
            if entry.get("whole") is False
        ]

    def _is_copy(self, domain: str, lab: str, image: str) -> bool:
        entry = self._read(domain)
        mine = (entry.get("lab"), entry.get("image"), entry.get("whole")) == (lab, image, True)
        return mine and self.overlay(domain).exists()

    def _read(self, domain: str) -> dict[str, Any]:
        try:
            entry = json.loads(self._entry(domain).read_text())
        except (OSError, ValueError):
            return {}
        return entry if isinstance(entry, dict) else {}

    def _entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []:
            yield path.stem, self._read(path.stem)

    def remove(self, domain: str) -> None:
        """Remove every file of a domain, and then its entry."""
        self.overlay(domain).unlink(missing_ok=True)
        self._remove_all_but_disk(domain)
        self._entry(domain).unlink(missing_ok=True)

    def _remove_all_but_disk(self, domain: str) -> None:
        self.remove_seed(domain)
        console = self.console(domain)
        with contextlib.suppress(FileNotFoundError):
            for log in console.parent.iterdir():
                # virtlogd rotates: NAME.log, NAME.log.0, NAME.log.1 and so on
                if log.name == console.name or log.name.startswith(f"{console.name}."):
                    log.unlink(missing_ok=True)

    def remove_seed(self, domain: str) -> None:
        seed = self.seed(domain)
        for one in (seed, seed.with_name(f"{seed.name}.new")):
            one.unlink(missing_ok=True)

    def sweep(
        self, lab: str, living: Container[str], copies_for: Container[str] | None = None
    ) -> list[str]:
        """Remove files of the lab's domains that are no more; returns their names. Copies stay for
        domains that are still to be made: these, or all."""
        gone = []
        for domain, entry in self._entries():
            if entry.get("lab") != lab or domain in living:
                continue
            if "copy_of" in entry and (copies_for is None or domain in copies_for):
                continue
            with contextlib.suppress(OSError):
                self.remove(domain)
                gone.append(domain)
        return gone


def _is_its_own(entry: dict[str, Any], mark: Mark) -> bool:
    """Whether a copy is used for good. A deployment that is put back goes by its own mark, or by
    that of the one that stood before it: of that deployment the copy was made."""
    used_by = entry.get("used_by")
    return used_by is not None and mark.deployment not in (used_by, entry["deployment"])


def _checked(domain: str) -> str:
    if not _NAME.fullmatch(domain):
        raise ValueError(f"{domain!r} is no name for a domain of ours")
    return domain
