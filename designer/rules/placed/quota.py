"""A lab fits into its team's quota, beside the team's other labs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from designer.machine.images import shown_size
from designer.rules.findings import Finding, error, listed
from designer.rules.site import Site
from designer.topology.document import natural
from designer.topology.kinds import Vm

_MIB = 1 << 20
_WORDS: tuple[tuple[str, str, Callable[[int], str]], ...] = (
    ("vms", "", lambda count: f"{count} VM{'' if count == 1 else 's'}"),
    ("vcpus", "vcpus", lambda count: f"{count} vCPU{'' if count == 1 else 's'}"),
    ("memory", "memory", lambda mib: f"{shown_size(mib * _MIB)} of memory"),
    ("disk", "disk", lambda size: f"{shown_size(size)} of disks"),
)


def quota(site: Site) -> Iterator[Finding]:
    limit, used = site.room.limit, site.room.used
    vms = list(site.design.of_kind(Vm))
    if limit is None or not vms:
        return
    total = site.load(vms)
    for name, field, words in _WORDS:
        wanted, has, most = (getattr(one, name) for one in (total, used, limit))
        if wanted == 0 or wanted + has <= most:
            continue
        taken = f", of which {words(has)} are in use by {listed(site.room.users)}" if has else ""
        message = f"The lab needs {words(wanted)}; the team's quota is {words(most)}{taken}."
        largest = min(vms, key=partial(_size, site, name))
        others = "destroy other labs of the team, " if has else ""
        fix = f"Make the lab smaller, {others}or ask whoever runs this server for more."
        yield error(f"quota-{name}", f"nodes/{largest.id}", field, message, fix)


def _size(site: Site, name: str, vm: Vm) -> Any:
    """The largest first, and of those the first by its id."""
    return -getattr(site.load([vm]), name), natural(vm.id)
