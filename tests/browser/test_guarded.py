"""Deploying over the NIC by which the hypervisor is reached: asked about first, and it may be
refused; destroying says what goes back to it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import DEPLOYED, Designer
from tests.e2e.management.nic import DESIGN, unprotected
from tests.e2e.product import Machine, Product

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def hv1(product: Product) -> Iterator[Machine]:
    """With its eth0 free to be used."""
    with unprotected(product) as agent:
        agent.start()
        yield Machine(agent.hypervisor)


def test_it_asks_says_what_moves_and_can_be_refused(
    hv1: Machine, make_lab: MakeLab, designer: Designer
) -> None:
    lab = make_lab("Over its own NIC", text=json.dumps(DESIGN))
    page = designer.open(lab).page
    own = hv1.addresses("eth0")
    assert own

    page.get_by_test_id("deploy").click()
    notice = page.get_by_test_id("guarded-hv1")
    expect(notice).to_contain_text("Changes how hv1 is reached", timeout=DEPLOYED)
    expect(notice).to_contain_text(own[0])
    page.get_by_test_id("apply").click()
    asked = page.get_by_role("dialog", name="Change how it is reached?")
    expect(asked).to_contain_text("hv1 is reached by eth0.")
    expect(asked).to_contain_text(f"{own[0]} moves to br0.")
    asked.get_by_role("button", name="Not now").press("Enter")
    expect(asked).to_be_hidden()
    expect(designer.drawer).to_have_attribute("data-state", "planned")
    assert hv1.addresses("eth0") == own
    assert not hv1.link("br0")

    page.get_by_test_id("apply").click()
    page.get_by_test_id("guarded-confirm").click()
    designer.ends()
    assert hv1.addresses("br0") == own

    designer.choose_in_menu("destroy")
    given_back = page.get_by_test_id("given-back")
    expect(given_back).to_contain_text(f"eth0 of hv1 gets back from br0: {own[0]}")
    page.get_by_test_id("destroy-confirm").click()
    expect(designer.drawer).to_contain_text("Destroy")
    designer.ends()
    assert hv1.addresses("eth0") == own
