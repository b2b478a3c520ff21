"""The built-in labs with VLANs: what the compiler says of each hypervisor, the kernel has then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from designer.compiler import compile_design
from designer.files import builtin
from designer.machine.resources import Domain, Resource
from designer.rules.placement import suggest
from tests.drivers.ground import LAB, Ground
from tests.drivers.vlan.labs import card, inventory
from tests.topology.designs import hypervisors

pytestmark = pytest.mark.kernel

SLUGS = [lab.slug for lab in builtin() if lab.slug.startswith("vlan-")]


def states(slug: str) -> Iterator[list[Resource]]:
    """Of each hypervisor, without its VMs."""
    design = next(lab.design for lab in builtin() if lab.slug == slug)
    world = hypervisors(3)
    done = compile_design(
        design, lab=LAB, placement=suggest(design, world), inventories=world, vnis={}
    )
    for state in done.states.values():
        yield [one for one in state if not isinstance(one, Domain)]


@pytest.mark.parametrize("slug", SLUGS)
def test_made_as_compiled_and_gone_without_a_trace(ground: Ground, slug: str) -> None:
    for name in ("eth1", "eth2"):
        card(ground, name, up=name == "eth1")
    before = inventory(ground)
    for resources in states(slug):
        assert ground.deploy(*resources)
        assert ground.deploy(*resources) == ()
        ground.deploy()
        assert inventory(ground) == before
