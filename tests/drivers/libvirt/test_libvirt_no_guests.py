"""VMs in which nothing can be run, on a real libvirtd."""

from __future__ import annotations

import pytest

from designer.machine.marks import Mark
from tasks.drivers.reach import CannotTry
from tests.drivers.libvirt.bench import LAB, MARK, Bench, create, vm

pytestmark = pytest.mark.libvirt


def refusal(bench: Bench, name: str) -> CannotTry:
    with pytest.raises(CannotTry) as error:
        bench.driver.guests.begin(LAB, name, ["true"])
    return error.value


def test_a_vm_that_does_not_run(bench: Bench) -> None:
    domain = vm("off", running=False)
    bench.driver.perform(create(domain), MARK)
    error = refusal(bench, domain.name)
    assert (error.words, error.passing) == ("The VM does not run.", True)


def test_a_vm_that_was_started_without_the_port(bench: Bench) -> None:
    """As one of an older release is: it keeps running, and is not compared by it."""
    domain = vm("older", running=False)
    bench.driver.perform(create(domain), MARK)
    text = bench.virsh("dumpxml", "--inactive", domain.name)
    start, end = text.index("<channel"), text.index("</channel>") + len("</channel>")
    bench.hypervisor.do(["virsh", "define", "/dev/stdin"], stdin=text[:start] + text[end:])
    bench.virsh("start", domain.name)
    number = bench.virsh("domid", domain.name)

    error = refusal(bench, domain.name)
    assert error.words == "This VM was started without a port for a guest agent: restart it."
    bench.driver.perform(create(vm("older")), Mark(LAB, "d2"))
    assert bench.virsh("domid", domain.name) == number
