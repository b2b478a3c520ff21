"""How much VMs take: of a team's quota, and of a hypervisor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from designer.machine.images import LibraryImage
from designer.machine.state import Inventory
from designer.topology.kinds import Vm


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """``memory`` in MiB. ``disk`` in bytes, as large as the disks can grow: a copy on write takes
    less at first."""

    vms: int = 0
    vcpus: int = 0
    memory: int = 0
    disk: int = 0

    def __add__(self, other: Load) -> Load:
        return Load(
            vms=self.vms + other.vms,
            vcpus=self.vcpus + other.vcpus,
            memory=self.memory + other.memory,
            disk=self.disk + other.disk,
        )

    def largest(self, other: Load) -> Load:
        """Of each the larger one: what is kept free while one becomes the other."""
        return Load(
            vms=max(self.vms, other.vms),
            vcpus=max(self.vcpus, other.vcpus),
            memory=max(self.memory, other.memory),
            disk=max(self.disk, other.disk),
        )


NOTHING = Load()
GIB = 1 << 30


def load_of(
    vms: Iterable[Vm], library: Mapping[str, LibraryImage], place: Callable[[Vm], Inventory | None]
) -> Load:
    """Of VMs, whether or not they run: one that is off can be started at any time. ``place`` gives
    what is known of the hypervisor that a VM is on, whose folder may have its image."""
    total = NOTHING
    for vm in vms:
        image, inventory = library.get(vm.disk), place(vm)
        if image is not None:
            least = image.virtual_size
        else:
            least = 0 if inventory is None else inventory.disks.get(vm.disk, 0)
        drawn = (vm.disk_size or 0) * GIB if vm.disk else 0
        disk = max(least, drawn)
        total += Load(vms=1, vcpus=vm.vcpus, memory=vm.memory, disk=disk)
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What there is for one lab. ``taken`` is what other labs have, by hypervisor; of its team,
    ``limit`` is the quota (None: none), ``used`` what the team's other labs have of it, and
    ``users`` those labs' names."""

    taken: Mapping[str, Load] = field(default_factory=dict)
    limit: Load | None = None
    used: Load = NOTHING
    users: tuple[str, ...] = ()
