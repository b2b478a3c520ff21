"""Two machines and a switch between them, for probes: namespaces and a plain bridge.

The kernel here need not know 802.1Q: a plain bridge passes tagged frames as they are, and an
nftables table of the bridge family eats what a badly set up switch would.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tasks.drivers.reach import Reach
from tests.drivers.ground import Ground, until

PROTECTED = "mgmt0"


@contextlib.contextmanager
def two_machines(ground: Ground) -> Iterator[tuple[Reach, Reach]]:
    """Machines ``one`` and ``two``, each with eth1 at the switch ``switch`` and a card mgmt0."""
    ground.sh("link add switch type bridge")
    ground.sh("link set switch up")
    for name in ("one", "two"):
        ground.sh(f"""
            netns add {name}
            link add {name}-1 type veth peer name eth1 netns {name}
            link set {name}-1 master switch up
            -n {name} link set lo up
            -n {name} link set eth1 up
            -n {name} link add {PROTECTED} up type bridge
        """)
    for name in ("one", "two"):  # the kernel gets to it within a second, if it is not at once
        until(lambda port=f"{name}-1": ground.port(port)["state"] == "forwarding")  # type: ignore[misc]
    one, two = (Reach(name, protected={PROTECTED}) for name in ("one", "two"))
    with contextlib.closing(one), contextlib.closing(two):
        yield one, two


def eat(ground: Ground, rule: str, *, on: str = "", verdict: str = "drop") -> None:
    """Have the switch drop what this rule of nftables says, of what machine ``on`` sends; or let
    it pass with another ``verdict``, as the rule has changed it."""
    sent = f'iifname "{on}-1" ' if on else ""
    ground.run("nft", "add table bridge eats")
    ground.run(
        "nft",
        "add chain bridge eats passing { type filter hook forward priority 0; policy accept; }",
    )
    ground.run("nft", f"add rule bridge eats passing {sent}{rule} {verdict}")


VLAN_20 = "@ll,96,16 0x8100 @ll,112,16 & 0x0fff == 20"
"""Frames tagged 20, by their bytes: nftables' own `vlan id` wants a kernel with 802.1Q."""
