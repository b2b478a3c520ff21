"""Checks as each hypervisor gets them."""

from __future__ import annotations

from typing import Any

import pytest

from designer.compiler import compile_checks
from designer.machine.checks import CheckSpec
from designer.topology import document
from designer.topology.design import Design

LAB = "lab12345"
PLACEMENT = {"h1": "hv1", "h2": "hv2"}


def drawn(**checks: dict[str, Any]) -> Design:
    """Two hosts with a container, a router and a VM, and these checks."""
    return document.read(
        {
            "trunkline": 1,
            "nodes": {
                "h1": {"kind": "host"},
                "h2": {"kind": "host"},
                "br1": {"kind": "bridge", "host": "h1", "addresses": ["10.0.0.254/24"]},
                "c1": {"kind": "container", "host": "h1"},
                "r1": {"kind": "router", "host": "h2"},
                "vm1": {"kind": "vm", "host": "h2"},
            },
            "interfaces": {
                "c1:eth0": {"node": "c1", "addresses": ["10.0.0.1/24", "fd00::1/64"]},
                "r1:eth10": {"node": "r1", "addresses": ["10.0.10.2/24"]},
                "r1:eth2": {"node": "r1", "addresses": ["10.0.2.2/24"]},
                "vm1:eth0": {"node": "vm1"},
            },
            "checks": checks,
        }
    )


def compiled(**checks: dict[str, Any]) -> dict[str, tuple[CheckSpec, ...]]:
    return dict(compile_checks(drawn(**checks), lab=LAB, placement=PLACEMENT))


@pytest.mark.parametrize(
    ("source", "hypervisor", "where", "name"),
    [
        ("c1", "hv1", "namespace", "lab12345-c1"),
        ("r1", "hv2", "namespace", "lab12345-r1"),
        ("vm1", "hv2", "domain", "lab12345-vm1"),
        ("h1", "hv1", "host", ""),
    ],
)
def test_where_a_check_starts(source: str, hypervisor: str, where: str, name: str) -> None:
    done = compiled(one={"source": source, "target": "vm1", "address": "10.0.0.9"})
    assert list(done) == [hypervisor]
    (spec,) = done[hypervisor]
    assert (spec.id, spec.where, spec.name, spec.address) == ("one", where, name, "10.0.0.9")
    assert (spec.expect, spec.within) == ("reach", 120)


@pytest.mark.parametrize(
    ("target", "address"), [("c1", "10.0.0.1"), ("r1", "10.0.2.2"), ("h1", "10.0.0.254")]
)
def test_the_first_drawn_address_is_asked_where_none_is_named(target: str, address: str) -> None:
    ((spec,),) = compiled(one={"source": "vm1", "target": target}).values()
    assert spec.address == address


def test_what_is_expected_and_within_how_long() -> None:
    done = compiled(
        c10={"source": "c1", "target": "r1", "expect": "no-reach"},
        c2={"source": "c1", "target": "r1", "within": 300},
    )
    assert [(one.id, one.expect, one.within) for one in done["hv1"]] == [
        ("c2", "reach", 300),
        ("c10", "no-reach", 120),
    ]


def test_what_cannot_be_asked_is_left_out() -> None:
    design = drawn(
        no_address={"source": "c1", "target": "vm1"},
        not_placed={"source": "r1", "target": "c1"},
    )
    assert compile_checks(design, lab=LAB, placement={"h1": "hv1"}) == {}
