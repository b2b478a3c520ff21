"""Checks: drawn, asked after a deployment and on request; answered on canvas and in the list."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import Designer
from tests.e2e.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("clean")]

ANSWERED = 60_000  # ms until the last answer of a few checks on a busy machine


def answers(designer: Designer, check: str, state: str) -> Locator:
    """The row of a check, once it has this state; the canvas says the same."""
    row = designer.page.get_by_test_id(f"check-row-{check}")
    expect(row).to_have_attribute("data-state", state, timeout=ANSWERED)
    expect(designer.page.get_by_test_id(f"check-{check}")).to_have_attribute("data-state", state)
    return row


def test_one_that_holds_and_one_that_does_not(make_lab: MakeLab, designer: Designer) -> None:
    """Added by the dialog, asked by the deployment; mended in the inspector and asked again."""
    page = designer.open(make_lab("Checked", template="two-containers")).page
    page.get_by_test_id("checks-tab").click()
    rows = page.locator("[data-testid^='check-row-']")
    for left in range(rows.count(), 0, -1):
        expect(rows).to_have_count(left)
        rows.first.get_by_role("button", name="Delete: ").click()
    expect(page.get_by_text("No checks", exact=True)).to_be_visible()

    _add(designer, "c1", "c2", "must reach")
    _add(designer, "c2", "c1", "must not reach")
    designer.saved()
    page.get_by_test_id("checks-tab").click()
    expect(page.get_by_test_id("checks-summary")).to_have_text("2 not run yet")

    page.get_by_test_id("deploy").click()
    designer.ends("done")
    holds = answers(designer, "c1~c2", "ok")
    expect(holds).to_contain_text("Reached")
    fails = answers(designer, "c2~c1", "failed")
    expect(fails).to_contain_text("Reached, and must not be")
    expect(page.get_by_test_id("checks-summary")).to_have_text("1 not as expected, 1 as expected")
    after = designer.drawer.get_by_test_id("checks-after")
    expect(after).to_contain_text("c2 must not reach c1: reached, and must not be")

    fails.get_by_role("button", name=re.compile("^c2 must not reach c1")).click()
    answer = designer.inspector.get_by_test_id("check-answer")
    expect(answer).to_have_attribute("data-state", "failed")
    expect(answer).to_contain_text("10.0.0.1")
    designer.field("expect").click()
    page.get_by_role("option", name="must reach").click()
    designer.saved()
    page.get_by_test_id("run-check").click()
    expect(answer).to_have_attribute("data-state", "ok", timeout=ANSWERED)

    page.get_by_test_id("checks-tab").click()
    page.get_by_test_id("run-checks").click()
    expect(page.get_by_test_id("checks-summary")).to_have_text(
        "All 2 as expected", timeout=ANSWERED
    )
    fails.get_by_role("button", name="Delete: ").click()
    expect(fails).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(fails).to_be_visible()


def _add(designer: Designer, source: str, target: str, expected: str) -> None:
    page = designer.page
    page.get_by_test_id("checks-tab").click()
    page.get_by_test_id("add-check").press("Enter")
    for field, node in (("check-source", source), ("check-target", target)):
        choice = page.get_by_test_id(field)
        choice.focus()
        choice.press_sequentially(node)
        choice.press("ArrowDown")
        choice.press("Enter")
    page.get_by_test_id("check-expect").get_by_text(expected, exact=True).click()
    page.get_by_test_id("check-add").press("Enter")
    expect(page.get_by_test_id(f"check-{source}~{target}")).to_be_attached()


def test_the_preflight_is_shown(make_lab: MakeLab, designer: Designer) -> None:
    """Two hypervisors send each other frames over their segment; the table says what came."""
    page = designer.open(make_lab("Preflown", template="vxlan")).page
    page.get_by_test_id("deploy").click()
    preflight = designer.drawer.get_by_test_id("preflight")
    expect(preflight).to_have_attribute("data-state", "passed", timeout=ANSWERED)
    designer.ends("done")
    preflight.get_by_role("button", name="Show the table").click()
    rows = preflight.get_by_test_id("preflight-row")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("untagged")
    expect(rows.first).to_contain_text("hv1 ⇄ hv2")
    cells = rows.first.get_by_test_id("preflight-cell")
    expect(cells).to_have_count(2)
    for cell in cells.all():
        expect(cell).to_have_text("passes")
    expect(preflight.get_by_role("columnheader").nth(2)).to_have_text("64 bytes")


def test_what_the_switch_eats_stands_in_the_way_until_one_says_otherwise(
    make_lab: MakeLab, designer: Designer, product: Product
) -> None:
    page = designer.open(make_lab("Eaten", template="vxlan")).page
    preflight = designer.drawer.get_by_test_id("preflight")
    _apart(product, "on")
    try:
        page.get_by_test_id("deploy").click()
        expect(preflight).to_have_attribute("data-state", "failed", timeout=ANSWERED)
        expect(designer.drawer).to_have_attribute("data-state", "planned")
        expect(preflight.get_by_test_id("preflight-cell").first).to_have_text("lost")
        expect(preflight.get_by_test_id("finding-0")).to_be_visible()
        preflight.get_by_test_id("preflight-cancel").click()
        designer.ends("cancelled")

        page.get_by_test_id("deploy").click()
        expect(designer.drawer).not_to_have_attribute("data-state", "cancelled")
        expect(preflight).to_have_attribute("data-state", "failed", timeout=ANSWERED)
    finally:
        _apart(product, "off")
    preflight.get_by_test_id("deploy-anyway").click()
    designer.ends("done")
    designer.shows("ok")


def _apart(product: Product, isolated: str) -> None:
    """Whether the switch keeps the hypervisors' eth1 apart."""
    sandbox = product.up.sandbox
    assert sandbox is not None
    for port in ("seg1", "seg2"):
        sandbox.switch.in_network(["bridge", "link", "set", "dev", port, "isolated", isolated])
