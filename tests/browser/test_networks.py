"""Networks drawn by hand: a NAT network gives a VM its lease, and one of the hypervisor's own is
chosen by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import DEPLOYED, Designer
from tests.browser.server import Server
from tests.e2e.product import Machine, eventually

pytestmark = [pytest.mark.browser, pytest.mark.libvirt, pytest.mark.usefixtures("clean")]

GUEST = {
    "kernel": "tiny.vmlinuz",
    "initrd": "tiny.initrd",
    "cmdline": "console=ttyS0 quiet eth0=dhcp",
}
OWN = """\
<network><name>default</name><forward mode='nat'/><bridge name='virbr0'/>
<ip address='192.168.124.1' netmask='255.255.255.0'/></network>
"""


def commit(designer: Designer, field: str, value: str) -> None:
    designer.field(field).fill(value)
    designer.field(field).press("Enter")
    designer.saved()


def test_a_vm_on_a_nat_network_shows_its_lease(
    make_lab: MakeLab, designer: Designer, hv1: Machine
) -> None:
    page = designer.open(make_lab("Leases")).page
    designer.drop("host", 260, 60)
    designer.drop_on("network", "host-1", 160, 84)
    designer.drop_on("vm", "host-1", 160, 180)
    designer.cable("new-vm-1", "new-network-1")
    expect(designer.links).to_have_count(1)
    designer.select("network-1")
    commit(designer, "addresses", "192.168.151.1/24")
    designer.select("vm-1")
    for field, value in GUEST.items():
        commit(designer, field, value)

    page.get_by_test_id("deploy").click()
    designer.ends()
    vm = designer.node("vm-1")
    expect(vm).to_contain_text("192.168.151.", timeout=DEPLOYED)
    [network] = [name for name in hv1.inventory()["networks"] if name]
    given = hv1.command("virsh", "net-dhcp-leases", network).stdout
    address = next(word for word in given.split() if word.startswith("192.168.151."))
    expect(vm).to_contain_text(address.partition("/")[0])
    page.keyboard.press("Escape")
    vm.click()
    expect(designer.inspector.get_by_test_id("observed").first).to_contain_text(address)


@pytest.fixture
def own(hv1: Machine) -> Iterator[str]:
    """A network that somebody has made on hv1 by hand."""
    xml = hv1.hypervisor.state_dir / "own.xml"
    xml.write_text(OWN)
    hv1.command("virsh", "net-define", str(xml))
    yield "default"
    hv1.command("virsh", "net-undefine", "default")
    xml.unlink()


def test_one_of_the_hypervisors_own_is_chosen(
    make_lab: MakeLab, designer: Designer, server: Server, own: str
) -> None:
    def is_told() -> bool:
        """libvirt tells the agent, and that the server."""
        hypervisors = server.get("/api/hypervisors")
        [networks] = [one["inventory"]["networks"] for one in hypervisors if one["name"] == "hv1"]
        return own in [one["name"] for one in networks]

    eventually(is_told, within=20, what="the inventory with the new network")
    page = designer.open(make_lab("Chosen network")).page
    designer.drop("host", 260, 60)
    designer.drop_on("network", "host-1", 160, 84)
    designer.select("network-1")
    field = designer.field("existing")
    field.click()
    option = page.get_by_role("option", name=own)
    expect(option).to_contain_text("hv1: virbr0, nat, 192.168.124.1/24, not active")
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value(own)
    expect(designer.node("network-1")).to_contain_text("the hypervisor's own")
    expect(designer.field("forward")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(designer.node("network-1")).not_to_contain_text("the hypervisor's own")
