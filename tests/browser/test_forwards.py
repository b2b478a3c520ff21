"""A port forward drawn in the inspector by keys alone, and where it shows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import Designer
from tests.browser.server import Server

pytestmark = pytest.mark.browser

LAB = """
trunkline: 1
name: Forwarding
nodes:
  h1: {kind: host}
  nat: {kind: network, host: h1, label: NAT, addresses: [192.168.150.1/24]}
  web: {kind: vm, host: h1, kernel: tiny.vmlinuz, initrd: tiny.initrd}
interfaces:
  nat:p1: {node: nat}
  web:eth0: {node: web, addresses: [192.168.150.10/24]}
links:
  web~nat: {a: web:eth0, b: nat:p1}
"""


def test_a_port_forward_is_drawn_by_keys(
    make_lab: MakeLab, designer: Designer, server: Server
) -> None:
    lab = make_lab("Forwarding", text=LAB)
    page = designer.open(lab).page
    designer.select("nat")
    shown, at_card = page.get_by_test_id("forwards-nat"), page.get_by_test_id("forwarded-web")
    expect(shown).to_have_count(0)

    def kept() -> object:
        designer.saved()
        document = server.get(f"/api/labs/{lab}/document?format=json")
        return document["nodes"]["nat"].get("forwards", [])

    page.get_by_role("button", name="Add a port forward").press("Enter")
    port = page.get_by_label("Forward 1: port of the host")
    expect(port).to_be_focused()
    expect(page.get_by_role("combobox", name="Forward 1: to")).to_have_value(
        "web eth0 · 192.168.150.10"
    )
    expect(shown).to_contain_text(":8080 → web:80")
    expect(at_card).to_contain_text(":8080")

    port.press_sequentially("2222")  # over what the new row proposes, which is selected
    port.press("Enter")
    there = page.get_by_label("Forward 1: port there")
    there.press("ControlOrMeta+a")
    there.press_sequentially("22")
    there.press("Tab")
    expect(shown).to_contain_text(":2222 → web:22")
    expect(at_card).to_contain_text(":2222")
    expect(page.get_by_role("group", name="Network NAT, port 2222 of the host")).to_be_visible()
    forward = {"protocol": "tcp", "port": 2222, "to": "web:eth0", "to_port": 22}
    assert kept() == [forward]

    page.keyboard.press("Escape")
    for steps, words in ((1, ":2222 → web:80"), (2, ":8080 → web:80"), (3, None)):
        page.get_by_role("button", name="Undo").click()
        if words is None:
            expect(shown, f"after {steps} steps").to_have_count(0)
        else:
            expect(shown, f"after {steps} steps").to_contain_text(words)
    assert kept() == []
    for _ in range(3):
        page.get_by_role("button", name="Redo").click()
    expect(shown).to_contain_text(":2222 → web:22")

    # Without an address of its own DHCP keeps one for it; without DHCP the rules say what is amiss,
    # at the row that it is about.
    designer.select("web")
    page.get_by_test_id("interface-web:eth0").press("Enter")
    page.get_by_test_id("field-addresses").first.press("Backspace")
    designer.select("nat")
    to = page.get_by_role("combobox", name="Forward 1: to")
    expect(to).to_have_value("web eth0 · kept by DHCP")
    designer.field("dhcp").press("Space")
    row = page.get_by_test_id("forward-1")
    expect(row).to_contain_text("no address behind nat is known")
    assert kept() == [forward]
