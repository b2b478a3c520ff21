"""Makes docs/canvas.png, the README's picture, from the running product:

    python -m tests.browser.picture

starts everything as `make up` does, deploys a built-in lab onto both sandbox hypervisors, and takes
the picture once every node and cable is green.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize, expect

from tasks.sandbox import paths
from tests.browser.chromium import chromium, sign_in
from tests.browser.designer import Designer
from tests.browser.server import Server
from tests.e2e.product import Product

LAB = "campus"
SELECTED = "r1"
SIZE: ViewportSize = {"width": 1600, "height": 1000}
TO = paths.CHECKOUT / "docs" / "canvas.png"


def take(url: str, login: dict[str, str], to: Path = TO) -> None:
    """Takes the picture from a product that runs, and leaves nothing on its hypervisors."""
    with chromium() as browser:
        context = browser.new_context(
            storage_state=sign_in(browser, url, login),
            viewport=SIZE,
            color_scheme="light",
            reduced_motion="reduce",
        )
        server = Server(context, url)
        lab = server.make_lab("", template=LAB)
        try:
            ended = server.deploy(lab)
            assert ended["state"] == "done", ended["message"]
            designer = Designer(context.new_page(), url).open(lab)
            designer.shows("ok")
            designer.select(SELECTED)
            expect(designer.inspector.get_by_test_id("observed").first).to_be_visible()
            designer.page.mouse.move(0, 0)
            to.parent.mkdir(exist_ok=True)
            designer.page.screenshot(path=to, animations="disabled")
        finally:
            server.remove(lab)


def main() -> None:
    with tempfile.TemporaryDirectory() as var:
        product = Product(Path(var))
        try:
            product.start()
            take(product.url, product.login)
        finally:
            product.stop()


if __name__ == "__main__":
    main()
