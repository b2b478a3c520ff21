"""A router: a namespace that forwards, with an nftables table of its own where it masquerades,
forwards ports or keeps interfaces apart."""

from __future__ import annotations

from designer.compiler.build import Build
from designer.compiler.containers import namespace
from designer.compiler.forwards import port_forwards
from designer.machine.marks import table_name
from designer.machine.resources import NatTable
from designer.topology.kinds import Router


def compile_router(build: Build, router: Router) -> None:
    namespace(build, router, forwarding=True)
    if router.masquerade or router.isolate or router.forwards:
        table = NatTable(
            netns=build.netns(router),
            name=table_name(build.lab),
            outside=_names(build, router, router.masquerade),
            isolated=_names(build, router, router.isolate),
            forwards=tuple(sorted(port_forwards(build, router))),
            owner=build.lab,
        )
        build.add(router.id, table, f"nodes/{router.id}")


def _names(build: Build, router: Router, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The kernel's names of these interfaces, sorted."""
    interfaces = build.design.interfaces
    return tuple(
        sorted(build.interface_name(interfaces[f"{router.id}:{key}"], router) for key in keys)
    )
