"""The files of our domains: copies on write of disk images, seeds, and console logs.

Each file has an entry in the manifest, a JSON file of its own that is written before it and
removed after it, so that a crash at any point leaves nothing that nobody knows.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Container
from pathlib import Path

from designer.machine.marks import Mark
from designer.machine.resources import Domain, Seed
from tasks.drivers.libvirt_ import seeds
from tasks.drivers.libvirt_.images import Images, create_overlay, size_of

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
        """A new overlay over its image; (path of the image, its format). Raises BadImage."""
        base, base_format = images.disk(domain.disk)
        self.enter(domain.name, mark, domain.disk)
        overlay = self.overlay(domain.name)
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
        for folder in (self.folder, self.consoles):
            folder.mkdir(parents=True, exist_ok=True)
        entry = self._entry(domain)
        text = json.dumps({"lab": mark.lab, "deployment": mark.deployment, "image": image})
        new = entry.with_suffix(".json.new")
        with new.open("w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(entry)

    def remove(self, domain: str) -> None:
        """Remove every file of a domain, and then its entry."""
        self.overlay(domain).unlink(missing_ok=True)
        self.remove_seed(domain)
        console = self.console(domain)
        with contextlib.suppress(FileNotFoundError):
            for log in console.parent.iterdir():
                # virtlogd rotates: NAME.log, NAME.log.0, NAME.log.1 and so on
                if log.name == console.name or log.name.startswith(f"{console.name}."):
                    log.unlink(missing_ok=True)
        self._entry(domain).unlink(missing_ok=True)

    def remove_seed(self, domain: str) -> None:
        seed = self.seed(domain)
        for one in (seed, seed.with_name(f"{seed.name}.new")):
            one.unlink(missing_ok=True)

    def sweep(self, lab: str, living: Container[str]) -> list[str]:
        """Remove files of the lab's domains that are no more; returns their names."""
        gone = []
        entries = sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []
        for entry in entries:
            with contextlib.suppress(OSError, ValueError, AttributeError):
                if json.loads(entry.read_text()).get("lab") == lab and entry.stem not in living:
                    self.remove(entry.stem)
                    gone.append(entry.stem)
        return gone


def _checked(domain: str) -> str:
    if not _NAME.fullmatch(domain):
        raise ValueError(f"{domain!r} is no name for a domain of ours")
    return domain
