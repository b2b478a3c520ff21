"""The designer's page as a person uses it: by pointer and keyboard, told apart by what shows."""

from __future__ import annotations

import re
from typing import Literal

from playwright.sync_api import Locator, Page, expect

State = Literal["ok", "pending", "applying", "drift", "failed", "degraded", "absent", "unknown"]

DEPLOYED = 60_000  # ms for a deployment of a few nodes on a busy machine


class Designer:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self, lab: str) -> Designer:
        self.page.goto(f"{self.url}/labs/{lab}")
        return self.ready()

    def ready(self) -> Designer:
        expect(self.connection).to_have_text("Live")
        return self

    # ---- places ----

    @property
    def connection(self) -> Locator:
        return self.page.get_by_test_id("connection")

    @property
    def inspector(self) -> Locator:
        return self.page.get_by_test_id("inspector")

    @property
    def drawer(self) -> Locator:
        return self.page.get_by_test_id("deploy-drawer")

    @property
    def nodes(self) -> Locator:
        return self.page.locator("[data-testid^='node-']")

    @property
    def links(self) -> Locator:
        return self.page.locator("[data-testid^='link-']")

    def node(self, node: str) -> Locator:
        return self.page.get_by_test_id(f"node-{node}")

    def handle(self, interface: str) -> Locator:
        return self.page.get_by_test_id(f"handle-{interface}")

    def field(self, name: str) -> Locator:
        """The input itself: some widgets carry the test id on it, some around it."""
        return self.inspector.get_by_test_id(f"field-{name}").first

    # ---- by pointer ----

    def drag(self, source: Locator, target: tuple[float, float]) -> None:
        """Presses on the middle of ``source`` and lets go at a point of the window."""
        source.hover()
        x, y = middle(source)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        to_x, to_y = target
        self.page.mouse.move((x + to_x) / 2, (y + to_y) / 2, steps=4)
        self.page.mouse.move(to_x, to_y, steps=4)
        self.page.mouse.up()

    def drop(self, kind: str, x: float, y: float) -> None:
        """Drags an item of the palette onto the canvas, to this offset from its corner."""
        corner = self.page.get_by_test_id("canvas").bounding_box()
        assert corner is not None
        self.drag(self.page.get_by_test_id(f"palette-{kind}"), (corner["x"] + x, corner["y"] + y))

    def drop_on(self, kind: str, host: str, x: float, y: float) -> None:
        """Drags an item of the palette onto a host, to this offset from the host's corner."""
        corner = self.node(host).bounding_box()
        assert corner is not None
        self.drag(self.page.get_by_test_id(f"palette-{kind}"), (corner["x"] + x, corner["y"] + y))

    def cable(self, source: str, target: str) -> None:
        """Pulls a cable from one handle to another."""
        self.drag(self.handle(source), middle(self.handle(target)))

    def select(self, node: str) -> None:
        self.node(node).click()
        expect(self.node(node)).to_have_attribute("data-selected", "true")

    def choose_in_menu(self, item: str) -> None:
        """An item of the menu beside Deploy."""
        self.page.get_by_test_id("deploy-menu").click()
        self.page.get_by_test_id(item).click()

    # ---- what shows ----

    def saved(self) -> None:
        """Waits until the server has every edit."""
        expect(self.connection).to_have_text("Live")

    def shows(self, state: State, *, timeout: float = DEPLOYED) -> None:
        """Waits until every node and link that has a state of its own is in this one."""
        for things in (self.nodes, self.links):
            for thing in things.all():
                expect(thing).to_have_attribute("data-state", state, timeout=timeout)

    def ends(self, state: str = "done") -> None:
        """Waits until the deployment in the drawer is over, and is over like this."""
        expect(self.drawer).to_have_attribute(
            "data-state", re.compile("done|failed|cancelled"), timeout=DEPLOYED
        )
        expect(self.drawer).to_have_attribute("data-state", state)


def middle(what: Locator) -> tuple[float, float]:
    box = what.bounding_box()
    assert box is not None, f"{what} is not to be seen"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
