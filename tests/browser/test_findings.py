"""What the rules find shows while drawing, at the place and in the list, and leads there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import Designer

pytestmark = pytest.mark.browser


def test_a_finding_comes_leads_to_its_place_and_goes(make_lab: MakeLab, designer: Designer) -> None:
    page = designer.open(make_lab("Found", template="two-containers")).page
    deploy = page.get_by_test_id("deploy")
    expect(deploy).to_have_text("Deploy")

    designer.select("c2")
    page.get_by_test_id("interface-c2:eth0").click()
    addresses = designer.field("addresses")
    addresses.press("Backspace")
    addresses.fill("10.0.0.1/24")
    addresses.press("Enter")
    expect(deploy).to_have_text("2 errors")
    expect(designer.inspector).to_contain_text("10.0.0.1 is also at c1")

    page.get_by_test_id("canvas").click(position={"x": 30, "y": 30})
    expect(page.locator("[data-node][data-selected='true']")).to_have_count(0)
    deploy.click()  # a lab with errors is not deployed: the list says why
    expect(designer.drawer).to_have_count(0)
    found = page.locator("[data-testid^='finding-'][data-severity='error']")
    expect(found).to_have_count(2)
    found.filter(has_text="c2").filter(has_text="also at").first.click()
    expect(designer.inspector).to_contain_text("c2:eth0")
    expect(designer.inspector).to_contain_text("Give each an address of its own.")

    addresses = designer.field("addresses")
    addresses.press("Backspace")
    addresses.fill("10.0.0.2/24")
    addresses.press("Enter")
    expect(deploy).to_have_text("Deploy")
    page.get_by_test_id("findings-tab").click()
    expect(page.get_by_test_id("no-findings")).to_be_visible()
