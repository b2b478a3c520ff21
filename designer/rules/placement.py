"""Placement: which hypervisor carries which host."""

from __future__ import annotations

from collections.abc import Sequence

from designer.topology.design import Design
from designer.topology.document import natural
from designer.topology.kinds import Host


def suggest(design: Design, hypervisors: Sequence[str]) -> dict[str, str]:
    """A hypervisor for each host, in natural order of the hosts: one each while they last, then
    from the first again. Empty where there is no hypervisor."""
    hosts = sorted((host.id for host in design.of_kind(Host)), key=natural)
    if not hypervisors:
        return {}
    return {host: hypervisors[at % len(hypervisors)] for at, host in enumerate(hosts)}
