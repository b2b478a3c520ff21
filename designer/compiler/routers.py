"""A router: a namespace that forwards, with an nftables table of its own where it masquerades."""

from __future__ import annotations

from designer.compiler.build import Build
from designer.compiler.containers import namespace
from designer.machine.marks import table_name
from designer.machine.resources import NatTable
from designer.topology.kinds import Router


def compile_router(build: Build, router: Router) -> None:
    namespace(build, router, forwarding=True)
    if router.masquerade:
        interfaces = build.design.interfaces
        outside = sorted(
            build.interface_name(interfaces[f"{router.id}:{key}"], router)
            for key in router.masquerade
        )
        table = NatTable(
            netns=build.netns(router),
            name=table_name(build.lab),
            outside=tuple(outside),
            owner=build.lab,
        )
        build.add(router.id, table, f"nodes/{router.id}")
