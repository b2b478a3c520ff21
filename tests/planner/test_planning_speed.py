"""Planning stays far below what the kernel takes: 2,000 veth links on 500 bridges."""

from __future__ import annotations

import time
from collections.abc import Callable

from designer.machine.resources import Address, Bridge, Namespace, Resource, Veth
from designer.machine.state import MachineState
from designer.planner import plan

LAB = "mylab"


def lab(links: int) -> MachineState:
    made: list[Resource] = [
        Bridge(name=f"br{one}", ipv6=False, owner=LAB) for one in range(links // 4)
    ]
    for one in range(links):
        space, port = f"{LAB}-c{one}", f"tlv{one}"
        made += [
            Namespace(name=space, owner=LAB),
            Veth(netns=space, name="eth0", peer=port, owner=LAB),
            Veth(name=port, peer="eth0", peer_netns=space, master=f"br{one // 4}", owner=LAB),
            Address(netns=space, link="eth0", address=f"10.{one >> 8}.{one & 255}.2/24", owner=LAB),
        ]
    return MachineState.of(made)


def seconds(what: Callable[[], object]) -> float:
    """The best of three: others use this machine too."""
    best = 1e9
    for _ in range(3):
        began = time.thread_time()
        what()
        best = min(best, time.thread_time() - began)
    return best


def test_a_large_lab_is_planned_at_once_and_again_for_nothing() -> None:
    wanted = lab(2000)
    whole = seconds(lambda: plan(wanted, MachineState(), LAB))
    nothing = seconds(lambda: plan(wanted, wanted, LAB))
    gone = seconds(lambda: plan(MachineState(), wanted, LAB))
    assert plan(wanted, wanted, LAB).operations == ()
    assert whole < 0.3
    assert gone < 0.3
    assert nothing < whole / 2
