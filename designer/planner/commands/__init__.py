"""The commands of ip(8), bridge(8), nft(8), virsh(1) and sysctl(8) that do what an operation does.

Only for people to read and learn from: the drivers speak netlink and libvirt themselves. One
kind of resource to a file; a command is a tuple of arguments, never a line for a shell.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from designer.planner.commands import (
    address,
    bridge,
    domain,
    image,
    module,
    namespace,
    network,
    parent,
    physical,
    route,
    table,
    veth,
    vlan,
    vxlan,
)
from designer.planner.operations import Operation

Commands = tuple[tuple[str, ...], ...]

_KINDS: Mapping[str, Any] = {
    "namespace": namespace,
    "bridge": bridge,
    "veth": veth,
    "vxlan": vxlan,
    "vlan": vlan,
    "physical": physical,
    "parent": parent,
    "module": module,
    "image": image,
    "address": address,
    "route": route,
    "table": table,
    "network": network,
    "domain": domain,
}


def equivalents(operation: Operation) -> Commands:
    """What one would type for this operation, command by command."""
    resource = operation.after or operation.before
    assert resource is not None
    write: Callable[[Operation], list[tuple[str, ...]]] = getattr(
        _KINDS[resource.kind], operation.action
    )
    return tuple(write(operation))


def shell(argv: tuple[str, ...]) -> str:
    """The command as one would type it into a shell."""
    return shlex.join(argv)
