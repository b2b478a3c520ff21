"""axe-core has nothing to find, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tasks.sandbox import paths
from tests.browser.conftest import MakeLab, NewContext
from tests.browser.designer import DEPLOYED, Designer
from tests.browser.test_consoles import ONE_VM
from tests.e2e.product import Product

pytestmark = pytest.mark.browser

AXE = paths.CHECKOUT / "frontend/node_modules/axe-core/axe.min.js"

RUN = """async () => {
  // What lies behind an open dialog is inert: nobody is led there.
  const dialog = document.querySelector('[role="dialog"]')
  const found = await axe.run(dialog ?? document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations'],
    // A header within a section, as in Mantine's dialogs, is no banner (HTML-AAM); axe counts it.
    rules: {'landmark-no-duplicate-banner': {enabled: !dialog}},
  })
  return found.violations.map(({id, help, nodes}) => ({id, help, nodes: nodes.slice(0, 5)
    .map((one) => `${one.html.slice(0, 200)} ${one.any.map((each) => each.message)}`)}))
}"""


def findings(page: Page) -> list[dict[str, Any]]:
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text())  # not by a script element: the page's policy forbids it
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return found


def said(found: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{one['id']}: {one['help']}\n" + "\n".join(f"    {node}" for node in one["nodes"])
        for one in found
    )


@pytest.fixture(params=["light", "dark"])
def designer(request: pytest.FixtureRequest, new_context: NewContext, product: Product) -> Designer:
    page = new_context(color_scheme=request.param).new_page()
    return Designer(page, product.url)


def test_labs_and_hypervisors(designer: Designer, make_lab: MakeLab) -> None:
    make_lab("Seen by axe", template="two-containers")
    page = designer.page
    _check(page, f"{designer.url}/", lambda: page.get_by_test_id("lab-Seen by axe"))
    page.get_by_test_id("new-lab").click()
    expect(page.get_by_test_id("template-vxlan")).to_be_visible()
    assert not (found := findings(page)), said(found)
    _check(page, f"{designer.url}/hypervisors", lambda: page.get_by_test_id("hypervisor-hv2"))


def _check(page: Page, url: str, shows: Callable[[], Any]) -> None:
    page.goto(url)
    expect(shows()).to_be_visible()
    assert not (found := findings(page)), said(found)


def test_designer_and_deploy_drawer(designer: Designer, make_lab: MakeLab) -> None:
    page = designer.open(make_lab("Seen by axe", template="two-containers")).page
    designer.select("c1")
    page.get_by_test_id("interface-c1:eth0").click()
    designer.choose_in_menu("plan")
    designer.drawer.get_by_test_id("part-hv1").wait_for()
    expect(designer.drawer).to_have_attribute("data-state", "planned", timeout=60_000)
    expect(designer.drawer).to_contain_text("ip link add")
    assert not (found := findings(page)), said(found)
    page.get_by_text("Outline", exact=True).click()
    page.get_by_test_id("findings-tab").click()
    page.get_by_role("button", name="Revisions").click()
    expect(page.get_by_test_id("revisions-drawer")).to_contain_text("current")
    assert not (found := findings(page)), said(found)
    for dialog in ("placement", "destroy"):
        designer.choose_in_menu(dialog)
        expect(page.get_by_role("dialog")).to_be_visible()
        assert not (found := findings(page)), said(found)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.libvirt
def test_consoles_and_images(designer: Designer, make_lab: MakeLab) -> None:
    """Open, off, and in a window of their own; the images' page and its dialog."""
    lab = make_lab("Consoles seen by axe", text=ONE_VM)
    page = designer.open(lab).page
    page.get_by_test_id("deploy").click()
    designer.ends("done")
    expect(designer.node("vm1")).to_have_attribute("data-state", "ok", timeout=DEPLOYED)
    designer.select("vm1")
    for kind, name in (("serial", "Open console"), ("graphics", "Open screen")):
        designer.inspector.get_by_role("button", name=name).click()
        console = page.get_by_test_id(f"console-{kind}-vm1")
        expect(console).to_have_attribute("data-state", "open", timeout=30_000)
        assert not (found := findings(page)), said(found)
    designer.inspector.get_by_test_id("act-force-off").click()
    page.get_by_test_id("vm-confirm").click()
    expect(console.get_by_test_id("act-start")).to_be_visible(timeout=30_000)
    assert not (found := findings(page)), said(found)
    alone = f"{designer.url}/labs/{lab}/console/vm1"
    _check(page, alone, lambda: page.get_by_text("Start the VM"))
    _check(page, f"{designer.url}/images", lambda: page.get_by_test_id("upload-image"))
    page.get_by_test_id("upload-image").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert not (found := findings(page)), said(found)


def test_trunks_checks_and_preflight(designer: Designer, make_lab: MakeLab) -> None:
    page = designer.open(make_lab("Seen by axe", template="vlan-trunk")).page
    for node in ("trunk1", "lan"):
        designer.select(node)
        assert not (found := findings(page)), said(found)
    page.get_by_test_id("checks-tab").click()
    row = page.locator("[data-testid^='check-row-']").first
    expect(row).to_be_visible()
    assert not (found := findings(page)), said(found)
    row.get_by_role("button").first.click()
    expect(designer.inspector.get_by_test_id("check-answer")).to_be_visible()
    assert not (found := findings(page)), said(found)
    page.get_by_test_id("checks-tab").click()
    page.get_by_test_id("add-check").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert not (found := findings(page)), said(found)

    designer.open(make_lab("Preflight seen by axe", template="vxlan"))
    designer.choose_in_menu("preflight-only")
    preflight = designer.drawer.get_by_test_id("preflight")
    expect(preflight).to_have_attribute("data-state", "passed", timeout=60_000)
    expect(preflight.get_by_test_id("preflight-row").first).to_be_visible()
    assert not (found := findings(page)), said(found)
