"""Undo and redo, and two people at one lab: neither overwrites the other unseen."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import MakeLab, NewContext
from tests.browser.designer import Designer
from tests.browser.server import Server
from tests.e2e.product import Product

pytestmark = pytest.mark.browser


def test_undo_and_redo(make_lab: MakeLab, designer: Designer, server: Server) -> None:
    lab = make_lab("Undone", template="two-containers")
    page = designer.open(lab).page
    designer.select("br0")
    designer.field("name").fill("brother")
    designer.field("name").press("Enter")
    designer.select("c1")
    page.keyboard.press("Delete")
    expect(designer.node("c1")).to_have_count(0)
    expect(designer.links).to_have_count(1)

    page.keyboard.press("Control+z")
    expect(designer.node("c1")).to_be_visible()
    expect(designer.links).to_have_count(2)
    page.keyboard.press("Control+z")
    designer.select("br0")
    expect(designer.field("name")).to_have_value("br0")

    page.get_by_role("button", name="Redo: Change br0").click()
    expect(designer.field("name")).to_have_value("brother")
    page.get_by_role("button", name="Redo: Delete c1").click()
    expect(designer.node("c1")).to_have_count(0)
    designer.saved()
    document = json.loads(_document(server, lab))
    assert "c1" not in document["nodes"]
    assert document["nodes"]["br0"]["name"] == "brother"


def test_edits_of_different_fields_both_win(
    make_lab: MakeLab, designer: Designer, new_context: NewContext, product: Product
) -> None:
    lab = make_lab("Together", template="two-containers")
    designer.open(lab)
    other = Designer(new_context().new_page(), product.url).open(lab)
    designer.select("br0")
    other.select("br0")
    _set(designer, "name", "brmine")
    _set(other, "label", "Theirs")
    for each in (designer, other):
        expect(each.field("name")).to_have_value("brmine")
        expect(each.field("label")).to_have_value("Theirs")
    expect(other.page.get_by_label("Also here: ", exact=False).first).to_be_visible()


def test_an_edit_of_an_old_revision_is_stale_and_there_is_a_way_on(
    make_lab: MakeLab, designer: Designer, new_context: NewContext, product: Product
) -> None:
    """The other window does not hear of the edit before it makes its own of the same field."""
    lab = make_lab("Stale", template="two-containers")
    late = new_context().new_page()
    holding = _holds_edits(late)
    other = Designer(late, product.url).open(lab)
    designer.open(lab)
    other.select("br0")
    designer.select("br0")
    holding.on = True

    _set(designer, "name", "brquick")
    designer.saved()
    _set(other, "name", "brlate")
    refusal = late.get_by_test_id("refusal")
    expect(refusal).to_contain_text("Someone was quicker")
    expect(refusal).to_contain_text("nodes/br0/name")
    holding.release()
    expect(other.field("name")).to_have_value("brquick")

    late.get_by_test_id("reapply").click()
    expect(refusal).to_have_count(0)
    for each in (designer, other):
        expect(each.field("name")).to_have_value("brlate")


def _set(designer: Designer, field: str, value: str) -> None:
    designer.field(field).fill(value)
    designer.field(field).press("Enter")


class _Holding:
    """Keeps back what the server tells of edits while ``on``."""

    def __init__(self) -> None:
        self.on = False
        self.kept: list[str | bytes] = []
        self.page: WebSocketRoute | None = None

    def release(self) -> None:
        self.on = False
        assert self.page is not None
        for message in self.kept:
            self.page.send(message)


def _holds_edits(page: Page) -> _Holding:
    holding = _Holding()

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        holding.page = socket

        def heard(message: str | bytes) -> None:
            numbered = json.loads(message)["type"] == "event"
            if holding.on and numbered:
                holding.kept.append(message)
            else:
                socket.send(message)

        server.on_message(heard)

    page.route_web_socket("**/ws/labs/*", route)
    return holding


def _document(server: Server, lab: str) -> str:
    answer = server.context.request.get(f"{server.url}/api/labs/{lab}/document?format=json")
    assert answer.ok
    return answer.text()
