"""Consoles of a real VM in the browser, its serial port and its screen, and its power by hand."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import DEPLOYED, Designer
from tests.e2e.product import Machine, eventually

pytestmark = [pytest.mark.browser, pytest.mark.libvirt, pytest.mark.usefixtures("clean")]

BOOTED = 90_000
"""ms, of an emulated VM on a busy machine."""

ONE_VM = json.dumps(
    {
        "trunkline": 1,
        "name": "One VM",
        "nodes": {
            "h1": {"kind": "host"},
            "br0": {"kind": "bridge", "host": "h1", "name": "br0"},
            "vm1": {
                "kind": "vm",
                "host": "h1",
                "kernel": "tiny.vmlinuz",
                "initrd": "tiny.initrd",
                "cmdline": "console=tty0 console=ttyS0 quiet hostname=vm1",
                "graphics": "vnc",
            },
        },
        "interfaces": {"br0:p1": {"node": "br0"}, "vm1:eth0": {"node": "vm1"}},
        "links": {"vm1-br0": {"a": "vm1:eth0", "b": "br0:p1"}},
    }
)


def rows(console: Locator) -> Locator:
    return console.locator(".xterm-rows")


def many_colours(screen: Locator) -> int:
    """How many colours the screen shows."""
    count: int = screen.locator("canvas").first.evaluate(
        """canvas => {
            if (!canvas.width || !canvas.height) return 0 // the VM has not told its size yet
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
            return new Set(new Uint32Array(data.buffer)).size
        }"""
    )
    return count


def test_consoles_and_the_power_of_a_vm(
    make_lab: MakeLab, designer: Designer, context: BrowserContext, hv1: Machine
) -> None:
    lab = make_lab("Consoles", text=ONE_VM)
    page = designer.open(lab).page
    page.get_by_test_id("deploy").click()
    designer.ends("done")
    expect(designer.node("vm1")).to_have_attribute("data-state", "ok", timeout=DEPLOYED)

    # The serial port, by a double click: how it booted, and what a shell answers.
    designer.node("vm1").dblclick()
    serial = page.get_by_test_id("console-serial-vm1")
    expect(serial).to_have_attribute("data-state", "open")
    expect(rows(serial)).to_contain_text("/ #", timeout=BOOTED)
    expect(rows(serial)).to_contain_text("tiny: up")
    page.keyboard.type("echo the answer is $((6 * 7))\n")
    expect(rows(serial)).to_contain_text("the answer is 42")

    # Tab and Delete are the guest's; Ctrl F6 is the way out.
    page.keyboard.press("Tab")
    page.keyboard.press("Delete")
    expect(serial.locator("textarea")).to_be_focused()
    expect(designer.node("vm1")).to_be_visible()
    page.keyboard.press("Control+F6")
    tab = page.get_by_role("tab", name="Serial console of vm1")
    expect(tab).to_be_focused()

    # A second window sees and types the same, and each shows who else is there.
    with context.expect_page() as opening:
        serial.get_by_role("link", name="In a window of its own").click()
    window = opening.value
    alone = window.get_by_test_id("console-serial-vm1")
    expect(rows(alone)).to_contain_text("the answer is 42")
    window.keyboard.type("echo both see $((20 + 3))\n")
    expect(rows(serial)).to_contain_text("both see 23")
    window.close()

    # A guest that writes without end: the page goes on, and Ctrl C ends it.
    serial.locator("textarea").focus()
    page.keyboard.type("yes endless\n")
    expect(rows(serial)).to_contain_text(re.compile("(endless){5}"))
    asked = page.evaluate("performance.now()")
    designer.select("br0")
    assert page.evaluate("performance.now()") - asked < 5000
    serial.locator("textarea").focus()
    page.keyboard.press("Control+c")
    page.keyboard.type("\necho stopped $((30 + 4))\n")
    expect(rows(serial)).to_contain_text("stopped 34", timeout=30_000)

    # The screen.
    designer.select("vm1")
    designer.inspector.get_by_role("button", name="Open screen").click()
    screen = page.get_by_test_id("console-graphics-vm1")
    expect(screen).to_have_attribute("data-state", "open")
    expect(serial).to_be_hidden()
    eventually(lambda: many_colours(screen) > 1, what="a picture")
    screen.get_by_role("button", name="Ctrl Alt Del").click()

    # Paused and resumed by hand.
    power = page.get_by_test_id("power-vm1")
    designer.inspector.get_by_test_id("act-pause").click()
    expect(power).to_have_attribute("data-power", "paused", timeout=30_000)
    assert hv1.command("virsh", "domstate", hv1.domains()[0]).stdout.strip() == "paused"
    designer.inspector.get_by_test_id("act-resume").click()
    expect(power).to_have_attribute("data-power", "running", timeout=30_000)

    # Forced off once that is meant: the consoles say so, and both come back with it.
    designer.inspector.get_by_test_id("act-force-off").click()
    page.get_by_role("button", name="Leave vm1 alone").click()
    expect(power).to_have_attribute("data-power", "running")
    designer.inspector.get_by_test_id("act-force-off").click()
    page.get_by_test_id("vm-confirm").click()
    expect(power).to_have_attribute("data-power", "off", timeout=30_000)
    expect(designer.node("vm1")).to_have_attribute("data-state", "ok")  # as it was asked
    expect(screen).to_contain_text("VM is off", timeout=30_000)
    expect(screen).to_contain_text("Start the VM", timeout=30_000)

    # Started where it is missed, by the keyboard: Tab is nobody's any more.
    tab.click()
    expect(serial).to_contain_text("VM is off")
    serial.locator("textarea").focus()
    page.keyboard.press("Tab")
    expect(serial.get_by_test_id("act-start")).to_be_focused()
    page.keyboard.press("Enter")
    expect(power).to_have_attribute("data-power", "running", timeout=30_000)
    expect(serial).to_have_attribute("data-state", "open", timeout=30_000)
    expect(serial.locator("textarea")).to_be_focused()
    expect(serial.get_by_test_id("act-start")).to_have_count(0)
    page.get_by_role("tab", name="Screen of vm1").click()
    expect(screen).to_have_attribute("data-state", "open", timeout=30_000)
    eventually(lambda: many_colours(screen) > 1, what="a picture")

    # Paused, each console says so and has the way on.
    designer.inspector.get_by_test_id("act-pause").click()
    expect(screen.get_by_test_id("power")).to_have_text("Paused", timeout=30_000)
    screen.get_by_test_id("act-resume").click()
    expect(screen.get_by_test_id("power")).to_have_count(0, timeout=30_000)

    page.get_by_role("button", name="Close all consoles").click()
    expect(page.get_by_test_id("console-dock")).to_be_hidden()


def test_what_has_no_console_says_why(make_lab: MakeLab, designer: Designer) -> None:
    lab = make_lab("No console", text=ONE_VM)
    page = designer.open(lab).page
    designer.select("vm1")
    expect(designer.inspector.get_by_role("button", name="Open console")).to_have_count(0)
    page.goto(f"{designer.url}/labs/{lab}/console/vm1")
    console = page.get_by_test_id("console-serial-vm1")
    expect(console).to_contain_text("Deploy the lab")
    page.goto(f"{designer.url}/labs/{lab}/console/nothing")
    expect(page.get_by_test_id("console-serial-nothing")).to_contain_text("There is no such VM")


def test_what_shows_consoles_is_loaded_when_one_is_opened(designer: Designer) -> None:
    page = designer.page
    loaded: list[Any] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(f"{designer.url}/")
    page.wait_for_load_state("networkidle")
    assert not [url for url in loaded if re.search("Serial|Graphics", url)]
