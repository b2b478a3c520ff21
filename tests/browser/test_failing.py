"""A deployment that fails shows at its node, with the kernel's words, and what to do."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import Designer
from tests.browser.server import Server
from tests.e2e.product import Machine, eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("clean")]


def test_the_kernels_words_stand_at_the_node(
    make_lab: MakeLab, designer: Designer, hv1: Machine
) -> None:
    """A gateway that is the subnet's broadcast address: the rules only warn that nobody has it;
    the kernel refuses the route, and what was made before it is put back."""
    page = designer.open(make_lab("Failing", template="two-containers")).page
    designer.select("c1")
    designer.field("gateway").fill("10.0.0.255")
    designer.field("gateway").press("Enter")
    designer.saved()
    page.get_by_test_id("deploy").click()
    designer.ends("failed")
    part = designer.drawer.get_by_test_id("part-hv1")
    expect(part).to_contain_text("invalid gateway")
    assert not hv1.ip("netns", "list"), "what was made before the failure was put back"

    page.get_by_test_id("canvas").click(position={"x": 20, "y": 20})
    part.get_by_role("button", name="on the canvas").click()
    expect(designer.node("c1")).to_have_attribute("data-state", "failed")
    observed = designer.inspector.get_by_test_id("observed").first
    expect(observed).to_have_attribute("data-state", "failed")
    expect(observed).to_contain_text("invalid gateway")

    designer.select("c1")
    designer.field("gateway").fill("")
    designer.field("gateway").press("Enter")
    designer.saved()
    designer.drawer.get_by_role("button", name="Try again").click()
    expect(designer.node("c1")).to_have_attribute("data-state", "ok", timeout=60_000)
    designer.ends("done")


def test_what_stands_there_already_is_left_alone(
    make_lab: MakeLab, designer: Designer, server: Server, hv1: Machine
) -> None:
    """A bridge of that name that is not ours: refused with its name, and not touched. When its
    owner takes it away, the next try goes through."""

    def is_told(there: bool) -> bool:
        hypervisors = server.get("/api/hypervisors")
        [links] = [one["inventory"]["links"] for one in hypervisors if one["name"] == "hv1"]
        return ("br0" in links) is there

    hv1.command("ip", "link", "add", "br0", "type", "bridge")
    before = hv1.link("br0")["ifindex"]
    try:
        eventually(lambda: is_told(True), within=10, what="br0 in the inventory")
        page = designer.open(make_lab("Refused", template="two-containers")).page
        page.get_by_test_id("deploy").click()
        told = page.get_by_test_id("blocked")
        expect(told).to_contain_text("br0", timeout=60_000)
        expect(designer.drawer).not_to_have_attribute("data-state", "done")
        assert hv1.link("br0")["ifindex"] == before
        assert not hv1.ip("netns", "list")
    finally:
        hv1.command("ip", "link", "del", "br0")
    eventually(lambda: is_told(False), within=10, what="the inventory without br0")
    told.get_by_role("button", name="Try again").click()
    designer.ends("done")


def test_where_the_second_fails_the_first_is_put_back(
    make_lab: MakeLab, designer: Designer, hv1: Machine, hv2: Machine
) -> None:
    """The canvas says what happened where, and neither machine has anything of the lab. Which of
    the two is first is theirs: what had not begun when the other failed is not begun at all."""
    page = designer.open(make_lab("Half", template="vxlan")).page
    designer.select("c4")
    designer.field("gateway").fill("10.10.0.255")
    designer.field("gateway").press("Enter")
    designer.saved()
    page.get_by_test_id("deploy").click()
    designer.ends("failed")
    expect(designer.drawer.get_by_test_id("part-hv2")).to_contain_text("invalid gateway")
    other = designer.drawer.get_by_test_id("outcome-hv1")
    expect(other).to_have_text(re.compile("put back to what it was before|was not begun; nothing"))
    expect(designer.node("c4")).to_have_attribute("data-state", "failed")
    for machine in (hv1, hv2):
        assert not machine.ip("netns", "list")
        assert not machine.link("br1")
        assert not machine.link("br2")

    designer.select("c4")
    designer.field("gateway").fill("")
    designer.field("gateway").press("Enter")
    designer.saved()
    designer.drawer.get_by_role("button", name="Try again").click()
    designer.ends("done")
