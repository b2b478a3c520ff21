"""A deployment that fails shows at its node, with the kernel's words, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import Designer
from tests.e2e.product import Machine

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("clean")]


@pytest.fixture
def taken(hv1: Machine) -> Iterator[str]:
    """A name that the kernel has given away in a place where nobody looks: an altname."""
    name = "brtaken"
    hv1.command("ip", "link", "property", "add", "dev", "eth1", "altname", name)
    yield name
    if hv1.command("ip", "link", "show", name, check=False).returncode == 0:
        hv1.command("ip", "link", "property", "del", "dev", "eth1", "altname", name)


def test_the_kernels_words_stand_at_the_node(
    make_lab: MakeLab, designer: Designer, hv1: Machine, taken: str
) -> None:
    page = designer.open(make_lab("Failing", template="two-containers")).page
    designer.select("br0")
    designer.field("name").fill(taken)
    designer.field("name").press("Enter")
    designer.saved()
    page.get_by_test_id("deploy").click()
    designer.ends("failed")
    part = designer.drawer.get_by_test_id("part-hv1")
    expect(part).to_contain_text("File exists")
    expect(designer.node("br0")).to_have_attribute("data-state", "failed")

    page.get_by_test_id("canvas").click(position={"x": 20, "y": 20})
    part.get_by_role("button", name="Show br0 on the canvas").click()
    observed = designer.inspector.get_by_test_id("observed").first
    expect(observed).to_have_attribute("data-state", "failed")
    expect(observed).to_contain_text("File exists")
    assert not hv1.ip("netns", "list"), "what was made before the failure was put back"

    hv1.command("ip", "link", "property", "del", "dev", "eth1", "altname", taken)
    designer.drawer.get_by_role("button", name="Try again").click()
    expect(designer.node("br0")).to_have_attribute("data-state", "ok", timeout=60_000)
    designer.ends("done")


def test_what_stands_there_already_is_left_alone(
    make_lab: MakeLab, designer: Designer, hv1: Machine
) -> None:
    """A bridge of that name that is not ours: refused with its name, and not touched."""
    hv1.command("ip", "link", "add", "br0", "type", "bridge")
    before = hv1.link("br0")["ifindex"]
    try:
        page = designer.open(make_lab("Refused", template="two-containers")).page
        page.get_by_test_id("deploy").click()
        told = page.get_by_test_id("blocked").or_(page.get_by_test_id("part-hv1"))
        expect(told.first).to_contain_text("br0", timeout=60_000)
        expect(designer.drawer).not_to_have_attribute("data-state", "done")
        assert hv1.link("br0")["ifindex"] == before
        assert not hv1.ip("netns", "list")
    finally:
        hv1.command("ip", "link", "del", "br0")
