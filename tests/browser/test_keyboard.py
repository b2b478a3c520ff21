"""Without a mouse: a lab added, connected, deployed and destroyed by keys alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import Designer
from tests.e2e.product import Machine

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("clean")]


@pytest.fixture
def page(page: Page) -> Page:
    """A page that fails a test which uses the mouse after all."""
    page.add_init_script(
        "for (const kind of ['pointerdown', 'mousedown'])"
        " addEventListener(kind, () => console.error('the mouse was used'), true)"
    )
    return page


def test_a_lab_by_keys_alone(make_lab: MakeLab, designer: Designer, hv1: Machine) -> None:
    page = designer.open(make_lab("By keys")).page
    for kind in ("host", "bridge", "container"):
        page.get_by_test_id(f"palette-{kind}").press("Enter")
    expect(designer.nodes).to_have_count(3)

    _go_to(designer, "container-1")
    page.keyboard.press("c")
    to = page.get_by_test_id("connect-to")
    expect(to).to_be_focused()
    to.press_sequentially("bridge")
    to.press("ArrowDown")
    to.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("connect")).to_be_focused()
    page.keyboard.press("Enter")
    expect(designer.links).to_have_count(1)

    page.get_by_test_id("interface-container-1:eth0").press("Enter")
    designer.field("addresses").press_sequentially("10.78.0.1/24")
    designer.field("addresses").press("Enter")
    designer.saved()
    page.get_by_test_id("deploy").press("Enter")
    designer.ends("done")
    designer.shows("ok")
    assert hv1.addresses("eth0", hv1.namespace("container-1")) == ["10.78.0.1/24"]

    page.get_by_test_id("deploy-menu").press("Enter")
    item = page.get_by_test_id("destroy")
    expect(item).to_be_visible()
    for _ in range(10):
        if item.evaluate("(element) => element === document.activeElement"):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("destroy-confirm")).to_be_focused()
    page.keyboard.press("Enter")
    expect(designer.drawer).to_contain_text("Destroy")
    designer.ends("done")


def _go_to(designer: Designer, node: str) -> None:
    """Through the outline, which lists every node."""
    page = designer.page
    page.get_by_role("button", name="Keys").press("o")
    tree = page.get_by_role("tree", name="Outline")
    tree.focus()
    page.keyboard.press("Home")
    row = page.get_by_test_id(f"outline-{node}")
    for _ in range(10):
        if tree.get_attribute("aria-activedescendant") == f"outline-{node}":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(row).to_have_attribute("aria-selected", "true")


def test_focus_is_always_to_be_seen(make_lab: MakeLab, designer: Designer) -> None:
    """Whatever Tab reaches shows that it has the focus."""
    page = designer.open(make_lab("Focus", template="two-containers")).page
    unseen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const on = document.activeElement
              if (!on || on === document.body) return null
              const marks = (element) => {
                const style = getComputedStyle(element)
                return (style.outlineStyle !== 'none' && style.outlineWidth !== '0px')
                  || style.boxShadow !== 'none' || element.tagName === 'INPUT'
              }
              const near = [on, on.parentElement, ...on.querySelectorAll('*')]
              return near.some((one) => one && marks(one)) ? null : on.outerHTML.slice(0, 160)
            }"""
        )
        if seen:
            unseen.append(seen)
    assert unseen == []
