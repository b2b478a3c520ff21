"""What changes of a VM while it runs, and what wants a restart: said before, and so done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from designer.machine.resources import Domain, DomainNic
from designer.planner.comparing import differing
from tasks.drivers.libvirt_ import reading, writing
from tests.drivers.libvirt.bench import MARK, Bench, create, eventually, vm
from tests.drivers.libvirt.shapes import shapes
from tests.drivers.libvirt.test_libvirt_disks import bring

pytestmark = pytest.mark.libvirt

MIB = 1024
FIRST = DomainNic(mac="52:54:00:00:0e:01", bridge="br0")
SECOND = DomainNic(mac="52:54:00:00:0e:02", bridge="br1", mtu=1400, plugged=False)
ROOMY = vm("roomy", nics=(FIRST,), memory_max=192, vcpus_max=2)


def memory(bench: Bench) -> int:
    """MiB that the guest has by its balloon."""
    said = bench.virsh("dommemstat", ROOMY.name)
    return int(dict(line.split() for line in said.splitlines() if line)["actual"]) // MIB


def vcpus(bench: Bench) -> int:
    return int(bench.virsh("vcpucount", ROOMY.name, "--live", "--active"))


def test_memory_vcpus_and_cards_change_while_it_runs(bench: Bench) -> None:
    bench.driver.perform(create(ROOMY), MARK)
    first = bench.virsh("domid", ROOMY.name)
    eventually(lambda: "tiny: up" in bench.console(ROOMY.name), within=120)
    eventually(lambda: memory(bench) == 128)

    larger = replace(ROOMY, memory=192, vcpus=2)
    operation = bring(bench, larger)
    assert (operation.fields, operation.restarts) == (("memory", "vcpus"), False)
    assert vcpus(bench) == 2
    eventually(lambda: memory(bench) == 192)
    less = replace(larger, memory=160)
    assert not bring(bench, less).restarts
    eventually(lambda: memory(bench) == 160)

    # The first of two, and so the last of the running VM's.
    two = replace(less, nics=(SECOND, FIRST))
    operation = bring(bench, two)
    assert (operation.fields, operation.restarts) == (("nics.added",), False)
    assert (len(bench.taps("br0")), len(bench.taps("br1"))) == (1, 1)
    operation = bring(bench, replace(less, nics=(SECOND,)))
    assert (operation.fields, operation.restarts) == (("nics.removed",), False)
    assert (len(bench.taps("br0")), len(bench.taps("br1"))) == (0, 1)
    assert bench.virsh("domid", ROOMY.name) == first

    fewer = replace(less, nics=(SECOND,), vcpus=1)
    assert bring(bench, fewer).restarts
    assert vcpus(bench) == 1
    assert bench.virsh("domid", ROOMY.name) != first


@pytest.mark.parametrize(
    ("after", "fields"),
    [
        (replace(ROOMY, memory_max=256), ("memory_max",)),
        (replace(ROOMY, nics=(replace(FIRST, model="e1000"),)), ("nics",)),
        (replace(ROOMY, nics=(FIRST, replace(SECOND, model="e1000e"))), ("nics",)),
        (replace(ROOMY, graphics="vnc"), ("graphics",)),
    ],
)
def test_what_wants_a_restart_is_said_to_want_one_and_gets_it(
    bench: Bench, after: Domain, fields: tuple[str, ...]
) -> None:
    bench.driver.perform(create(ROOMY), MARK)
    first = bench.virsh("domid", ROOMY.name)
    operation = bring(bench, after)
    assert operation.fields == fields
    assert operation.restarts
    assert "needs a restart" in operation.reason
    assert bench.virsh("domid", ROOMY.name) != first


def test_every_shape_is_defined_and_told_by_libvirt_as_it_was_written(bench: Bench) -> None:
    """What libvirt makes of the XML, with all that it adds. Files are looked for at a start only;
    KVM is not to be had everywhere, and says nothing else."""
    images = bench.driver.images.folder
    for domain, files, accelerator in shapes(images.resolve()):
        if accelerator != "qemu":
            continue
        xml = writing.domain_xml(domain, MARK, files, accelerator=accelerator)

        def defined(connection: Any, xml: str = xml) -> str:
            return str(connection.defineXML(xml).XMLDesc())

        root = reading.parse(bench.driver._connection.do(defined))
        seen = reading.domain_of(
            root, active=True, state=1, images=bench.driver.images, bridge_of=lambda _tap: None
        )
        assert differing(domain, replace(seen, disk_size=None)) == ()
