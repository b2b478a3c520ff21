"""One Chromium for this room, signed in once, before the product that the session shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.chromium import chromium, sign_in
from tests.browser.designer import Designer
from tests.browser.server import Server
from tests.e2e.product import Product


# By package, not by session: while Playwright lives, no other event loop can run in this thread.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="package")
def signed_in(browser: Browser, product: Product) -> Any:
    return sign_in(browser, product.url, product.login)


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the page itself complains of: a test fails with it."""
    said: list[str] = []
    yield said
    assert not said, "\n".join(said)


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(
    browser: Browser, signed_in: Any, product: Product, complaints: list[str]
) -> Iterator[NewContext]:
    """Makes windows of a person who is signed in; no two share anything but the session."""
    made: list[BrowserContext] = []

    def heard(message: ConsoleMessage) -> None:
        # A refused request is logged by the browser itself; the page shows it in words.
        if message.type == "error" and "the server responded with a status" not in message.text:
            complaints.append(f"console: {message.text}")

    def new(**more: Any) -> BrowserContext:
        options = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **more}
        context = browser.new_context(storage_state=signed_in, **options)
        context.on("console", heard)
        context.on("weberror", lambda error: complaints.append(f"page: {error.error}"))
        made.append(context)
        return context

    yield new
    for context in made:
        context.close()


@pytest.fixture
def context(new_context: NewContext) -> BrowserContext:
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def designer(page: Page, product: Product) -> Designer:
    return Designer(page, product.url)


@pytest.fixture
def server(context: BrowserContext, product: Product) -> Server:
    return Server(context, product.url)


MakeLab = Callable[..., str]


@pytest.fixture
def make_lab(server: Server) -> Iterator[MakeLab]:
    """Makes labs, and after the test destroys and deletes them."""
    made: list[str] = []

    def make(name: str, **more: Any) -> str:
        made.append(server.make_lab(name, **more))
        return made[-1]

    yield make
    for lab in made:
        server.remove(lab)
