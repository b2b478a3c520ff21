"""Neighbours agree on their subnet's prefix."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, listed, warning
from designer.rules.subnets import Subnet
from designer.rules.view import Held, View


def subnet_prefix(view: View) -> Iterator[Finding]:
    for held in view.held_by_lan.values():
        subnets: dict[Subnet, list[Held]] = {}
        for one in held:
            subnets.setdefault(one.subnet, []).append(one)
        for subnet, holders in subnets.items() if len(subnets) > 1 else ():
            wider = [
                subnet.widened(length)
                for length in {one.length for one in subnets if one.version == subnet.version}
                if length < subnet.length
            ]
            for other in wider:
                if other not in subnets:
                    continue
                neighbours = listed({one.holder for one in subnets[other]})
                for one in holders:
                    message = (
                        f"{one.text} is in {subnet}, but {neighbours} in the same LAN "
                        f"count it to {other}."
                    )
                    fix = "Give them the same prefix length."
                    yield warning("subnet-prefix", one.ref, "addresses", message, fix)
