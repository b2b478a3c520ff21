"""What one would write by hand: `ip -batch` of the same links, and of their removal."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

from tests.bench.labs import LAB, PORTS, Mode, address


class IpBatch:
    """Wire up, then take down, with as few `ip` processes as it allows: one, and in mode hosts
    one more in each namespace, for there it cannot go by itself."""

    def __init__(self, links: int, mode: Mode, per_bridge: int = PORTS) -> None:
        self.links = links
        self.per_bridge = per_bridge
        self.bridges = (links + per_bridge - 1) // per_bridge
        self.mode = mode

    def up(self) -> None:
        lines = []
        for number in range(self.bridges):
            lines += [f"link add br{number} type bridge", f"link set br{number} up"]
        for number in range(self.links):
            netns = f"{LAB}-h{number}"
            if self.mode == "hosts":
                lines.append(f"netns add {netns}")
            where = f"netns {netns}" if self.mode == "hosts" else ""
            lines.append(f"link add v{number} type veth peer name e{number} {where}")
            lines.append(f"link set v{number} master br{number // self.per_bridge} up")
            if self.mode == "flat":
                lines.append(f"link set e{number} up")
                lines.append(f"address add {address(number)} dev e{number}")
        _ip(lines)
        if self.mode == "hosts":
            for number in range(self.links):
                inside = [
                    "link set lo up",
                    f"link set e{number} up",
                    f"address add {address(number)} dev e{number}",
                ]
                _ip(inside, "-n", f"{LAB}-h{number}")

    def down(self) -> None:
        lines = [f"link delete v{number}" for number in range(self.links)]
        lines += [f"link delete br{number}" for number in range(self.bridges)]
        if self.mode == "hosts":
            lines += [f"netns delete {LAB}-h{number}" for number in range(self.links)]
        _ip(lines)


def _ip(lines: Iterable[str], *options: str) -> None:
    subprocess.run(
        ["ip", *options, "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True
    )
