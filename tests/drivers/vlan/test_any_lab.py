"""What the model of the planner's own tests claims of the kernel, asked of a kernel: plans lead
from any lab to any other, from wherever they were cut off, and back.

The examples are the same each time, unless TRUNKLINE_EXAMPLES says how many new ones to try.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from designer.machine.marks import Mark
from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    Image,
    Link,
    NatTable,
    Network,
    Physical,
    Resource,
    Route,
)
from designer.machine.state import MachineState
from designer.planner import Plan, differences, plan, undo
from tests.drivers.ground import Ground
from tests.drivers.vlan.labs import card
from tests.planner.labs import LAB, labs

pytestmark = pytest.mark.kernel

MARK = Mark(LAB, "deployment-1")
examples = settings(
    max_examples=int(os.environ.get("TRUNKLINE_EXAMPLES", "4")),
    derandomize="TRUNKLINE_EXAMPLES" not in os.environ,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # what fails is one line of the plan: no smaller one
    suppress_health_check=list(HealthCheck),
)


def of_kernel(lab: MachineState, *, macs: bool = True) -> MachineState:
    """What of a lab is for every kernel: nothing of libvirt's, no packet filter, and IPv4, as IPv6
    is off on some links. A bridge's MTU follows its ports' until it is changed, whatever it is
    called."""
    found = []
    libvirts = {network.bridge for network in lab.of_type(Network)}
    for one in lab:
        if isinstance(one, Domain | Network | Image | NatTable) or _is_ipv6(one):
            continue
        if isinstance(one, Link) and one.master in libvirts:
            if isinstance(one, Physical):
                continue
            one = replace(one, master=None, port=None)
        if isinstance(one, Bridge):
            one = replace(one, mtu=None, mac=one.mac if macs else None)
        found.append(one)
    return MachineState.of(found)


def _is_ipv6(one: Resource) -> bool:
    text = one.address if isinstance(one, Address) else one.via if isinstance(one, Route) else ""
    return ":" in text


def planned(ground: Ground, lab: MachineState) -> Plan:
    return plan(lab, ground.observe(lab.resources, LAB), LAB)


def carry_out(ground: Ground, what: Plan, most: int | None = None) -> None:
    assert what.refusals == ()
    operations = what.operations[:most]
    for part in ground.kernel.batches(operations):
        ground.perform(*operations[part], mark=MARK)


def holds(ground: Ground, lab: MachineState) -> None:
    assert differences(lab, ground.observe(lab.resources, LAB), LAB) == ()


def test_from_any_lab_to_any_other_and_back(ground: Ground) -> None:
    for name in ("eth0", "eth1"):
        card(ground, name)
    ground.run("ip", "address", "add", "192.0.2.7/24", "dev", "eth0")
    before = ground.links()

    @examples
    @given(labs(), labs(), st.data())
    def trial(one: MachineState, other: MachineState, data: Any) -> None:
        old, new = of_kernel(one), of_kernel(other)
        carry_out(ground, planned(ground, old))
        holds(ground, old)
        stood = ground.observe(old.resources, LAB)
        way = planned(ground, new)
        carry_out(ground, way, data.draw(st.integers(0, len(way.operations))))
        if data.draw(st.booleans()):
            keys = {**stood.resources, **new.resources}
            carry_out(ground, undo(stood, ground.observe(keys, LAB), LAB))
            holds(ground, of_kernel(old, macs=False))
        carry_out(ground, planned(ground, new))
        holds(ground, new)
        carry_out(ground, planned(ground, MachineState()))
        assert ground.links() == before
        assert "trunkline" not in ground.run("ip", "-d", "link")

    trial()
