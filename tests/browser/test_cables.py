"""A cable unplugged and plugged in again on a running lab, as its guest and the kernel see it."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import DEPLOYED, Designer
from tests.e2e.product import Machine, eventually

pytestmark = [pytest.mark.browser, pytest.mark.libvirt, pytest.mark.usefixtures("clean")]

LAB = """
trunkline: 1
name: Cables
nodes:
  h1: {kind: host}
  br0: {kind: bridge, host: h1, name: br0}
  c1: {kind: container, host: h1, gateway: 10.0.0.254}
  vm1: {kind: vm, host: h1, kernel: tiny.vmlinuz, initrd: tiny.initrd,
        cmdline: "console=ttyS0 quiet eth0=10.0.0.2/24"}
interfaces:
  br0:p1: {node: br0}
  br0:p2: {node: br0}
  c1:eth0: {node: c1, addresses: [10.0.0.1/24, "fd00::1/64"]}
  vm1:eth0: {node: vm1}
links:
  c1~br0: {a: c1:eth0, b: br0:p1}
  vm1~br0: {a: vm1:eth0, b: br0:p2}
"""


def in_guest(machine: Machine, *argv: str) -> str:
    """What a program in the one VM prints, by its guest agent; "" while that does not answer."""
    [domain] = machine.domains()

    def agent(command: str, **arguments: object) -> dict[str, Any]:
        text = json.dumps({"execute": command, "arguments": arguments})
        done = machine.command("virsh", "qemu-agent-command", domain, text, check=False)
        said: dict[str, Any] = json.loads(done.stdout)["return"] if done.returncode == 0 else {}
        return said

    path, *rest = argv
    begun = agent("guest-exec", path=path, arg=rest, **{"capture-output": True})
    if not begun:
        return ""
    ended: dict[str, Any] = {}

    def over() -> bool:
        ended.update(agent("guest-exec-status", pid=begun["pid"]))
        return bool(ended.get("exited"))

    eventually(over, what=path)
    return base64.b64decode(ended.get("out-data", "")).decode().strip()


def test_a_cable_is_unplugged_and_plugged_in_again(
    make_lab: MakeLab, designer: Designer, hv1: Machine
) -> None:
    page = designer.open(make_lab("Unplugging", text=LAB)).page
    page.get_by_test_id("deploy").click()
    designer.ends()
    page.keyboard.press("Escape")
    bar = page.get_by_test_id("plug-bar")
    container = hv1.namespace("c1")

    def guest_carrier() -> str:
        return in_guest(hv1, "cat", "/sys/class/net/eth0/carrier")

    def container_carrier() -> bool:
        return "LOWER_UP" in hv1.link("eth0", container)["flags"]

    before = hv1.addresses("eth0", container), hv1.ip("route", netns=container)
    eventually(lambda: guest_carrier() == "1", within=120, what="a guest with its cable")
    assert container_carrier()

    # Both cables as one step, by the keyboard: selected by what they lead to.
    designer.select("vm1")
    designer.node("c1").click(modifiers=["Control"])
    page.keyboard.press("u")
    for link in ("vm1~br0", "c1~br0"):
        cable = page.get_by_test_id(f"link-{link}")
        expect(cable).to_have_attribute("data-plugged", "false")
        expect(cable.locator("title")).to_have_text(re.compile(", unplugged"), use_inner_text=False)
    expect(bar).to_have_text(re.compile("Unplug 2 cables on the running lab"))
    assert guest_carrier() == "1", "nothing is done before it is deployed"
    bar.get_by_role("button", name="Deploy").click()
    expect(bar).to_have_count(0, timeout=DEPLOYED)
    designer.ends()
    designer.shows("ok")
    assert guest_carrier() == "0"
    assert not container_carrier()
    assert (hv1.addresses("eth0", container), hv1.ip("route", netns=container))[0] == before[0]
    assert {one["dst"] for one in hv1.ip("route", netns=container)} == {
        one["dst"] for one in before[1]
    }

    # One is plugged in by its menu, the other by undo and the inspector.
    page.get_by_test_id("link-vm1~br0").locator(".tl-cable-hit").click(button="right", force=True)
    page.get_by_role("menuitem", name="Plug in cable").click()
    expect(bar).to_have_text(re.compile("Plug the cable in on the running lab"))
    page.keyboard.press("Control+z")
    expect(bar).to_have_count(0)
    page.get_by_test_id("link-c1~br0").locator(".tl-cable-hit").click(force=True)
    designer.inspector.get_by_test_id("plug").click()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")  # both at once, as they were unplugged
    expect(bar).to_have_text(re.compile("Plug 2 cables in"))
    bar.get_by_role("button", name="Deploy").click()
    expect(bar).to_have_count(0, timeout=DEPLOYED)
    designer.ends()
    eventually(lambda: guest_carrier() == "1", what="the guest's carrier")
    assert container_carrier()
    assert hv1.ping("10.0.0.2", node="c1")
