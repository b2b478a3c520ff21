"""Port forwards of a network or router: to the address that their target has behind it."""

from __future__ import annotations

from collections.abc import Iterator

from designer.compiler.build import Build
from designer.machine.resources import Forward
from designer.rules.forwarding import Forwarding, forwarded, near


def port_forwards(build: Build, node: Forwarding) -> Iterator[Forward]:
    for one, side, held in forwarded(build.view, node):
        yield Forward(
            protocol=one["protocol"],
            port=one["port"],
            to=held.text.partition("/")[0],
            to_port=one["to_port"],
            near=near(side, held),
        )
