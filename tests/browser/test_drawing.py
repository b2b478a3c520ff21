"""Drawn by drag and drop, deployed by the button, seen in the kernel, destroyed by the menu."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import Designer
from tests.e2e.product import Machine, Product, eventually

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("clean")]


def test_a_lab_drawn_deployed_and_destroyed(
    make_lab: MakeLab, designer: Designer, product: Product
) -> None:
    """Nothing of it is known before it is deployed but what is read on the canvas."""
    designer.open(make_lab("Drawn by hand"))
    designer.drop("host", 260, 60)
    designer.drop_on("bridge", "host-1", 160, 84)
    designer.drop_on("container", "host-1", 110, 160)
    designer.drop_on("container", "host-1", 300, 160)
    expect(designer.nodes).to_have_count(4)

    designer.cable("new-container-1", "new-bridge-1")
    designer.cable("new-container-2", "new-bridge-1")
    expect(designer.links).to_have_count(2)
    designer.select("bridge-1")
    designer.field("name").fill("brdrawn")
    designer.field("name").press("Enter")
    for number in (1, 2):
        designer.select(f"container-{number}")
        designer.page.get_by_test_id(f"interface-container-{number}:eth0").click()
        designer.field("addresses").fill(f"10.77.0.{number}/24")
        designer.field("addresses").press("Enter")
    expect(designer.handle("container-2:eth0")).to_have_attribute("title", "eth0 · 10.77.0.2/24")
    designer.saved()
    expect(designer.nodes.and_(designer.page.locator("[data-state]"))).to_have_count(0)

    designer.page.get_by_test_id("deploy").click()
    designer.ends("done")
    designer.shows("ok")
    _is_in_the_kernel(product)

    designer.choose_in_menu("destroy")
    designer.page.get_by_test_id("destroy-confirm").click()
    expect(designer.drawer).to_contain_text("Destroy")
    designer.ends("done")
    expect(designer.page.locator("[data-state='ok'][data-node]")).to_have_count(0)
    for machine in _machines(product):
        assert not machine.link("brdrawn")
        assert not machine.ip("netns", "list")


def _machines(product: Product) -> list[Machine]:
    return [Machine(product.hypervisor(name)) for name in ("hv1", "hv2")]


def _is_in_the_kernel(product: Product) -> None:
    [machine] = [one for one in _machines(product) if one.link("brdrawn")]
    assert machine.link("brdrawn")["linkinfo"]["info_kind"] == "bridge"
    ports = json.loads(machine.command("bridge", "-j", "link").stdout)
    assert len([port for port in ports if port.get("master") == "brdrawn"]) == 2
    for number in (1, 2):
        netns = machine.namespace(f"container-{number}")
        assert machine.addresses("eth0", netns) == [f"10.77.0.{number}/24"]
    assert machine.ping("10.77.0.2", node="container-1")
    assert not machine.ping("10.77.0.3", node="container-1", count=1)


def test_a_template_from_the_labs_page(page: Page, designer: Designer, hv1: Machine) -> None:
    """Two containers on a bridge: made, deployed, deployed again without a change, destroyed."""
    page.goto(designer.url)
    page.get_by_test_id("new-lab").click()
    page.get_by_test_id("template-two-containers").click()
    page.get_by_label("Name").fill("From a template")
    page.get_by_role("button", name="Create lab").click()
    designer.ready()
    try:
        page.get_by_test_id("deploy").click()
        designer.ends("done")
        designer.shows("ok")
        machine = next(one for one in _machines_of(designer, hv1) if one)
        assert machine.ping("10.0.0.2", node="c1")
        expect(designer.drawer).to_contain_text("ip link add")

        before = machine.fingerprint("c1", "c2")
        page.get_by_test_id("deploy").click()
        expect(designer.drawer).to_contain_text("Nothing had to change")
        designer.ends("done")
        assert machine.fingerprint("c1", "c2") == before
    finally:
        designer.choose_in_menu("destroy")
        page.get_by_test_id("destroy-confirm").click()
        expect(designer.drawer).to_contain_text("Destroy")
        designer.ends("done")
    page.goto(designer.url)
    card = page.get_by_test_id("lab-From a template")
    expect(card).to_contain_text("Drawing")
    card.get_by_role("button", name="More about From a template").click()
    page.get_by_role("menuitem", name="Delete…").click()
    page.get_by_role("button", name="Delete lab").click()
    expect(card).to_have_count(0)


def _machines_of(designer: Designer, hv1: Machine) -> list[Machine]:
    """The lab's one host may stand on either hypervisor; the drawer says which."""
    expect(designer.drawer.get_by_test_id("part-hv1")).to_be_visible()
    return [hv1]


def test_drift_shows_and_deploying_mends_it(
    make_lab: MakeLab, designer: Designer, hv1: Machine
) -> None:
    """What somebody takes away on the machine is seen on the canvas without asking."""
    designer.open(make_lab("Drifting", template="two-containers"))
    designer.page.get_by_test_id("deploy").click()
    designer.ends("done")
    designer.shows("ok")
    hv1.command("ip", "-n", hv1.namespace("c1"), "address", "flush", "dev", "eth0")
    expect(designer.page.get_by_test_id("link-c1-br0")).to_have_attribute("data-state", "drift")
    designer.page.get_by_test_id("deploy").click()
    expect(designer.page.get_by_test_id("link-c1-br0")).to_have_attribute(
        "data-state", "ok", timeout=60_000
    )
    designer.ends("done")
    assert eventually(lambda: hv1.ping("10.0.0.2", node="c1", count=1), what="the ping")
