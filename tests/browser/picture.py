"""Makes the README's pictures, docs/canvas.png and docs/trunk.png, from the running product:

    python -m tests.browser.picture

starts everything as `make up` does, deploys built-in labs onto two sandbox hypervisors, and takes
each picture once every node, cable and check is green. The trunk's hypervisors are such as have
VLANs: where this machine's kernel has none, with kernels of their own.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import ViewportSize, expect

from tasks.sandbox import paths
from tests.browser.chromium import chromium, sign_in
from tests.browser.designer import DEPLOYED, Designer
from tests.browser.server import Server
from tests.e2e.product import Product

DOCS = paths.CHECKOUT / "docs"
SIZE: ViewportSize = {"width": 1600, "height": 1000}


@dataclass(frozen=True)
class Picture:
    """Of a built-in lab; ``selected`` is the node that the inspector shows, if any."""

    name: str
    template: str
    selected: str = ""
    vlans: bool = False


PICTURES = (Picture("canvas", "campus", "r1"), Picture("trunk", "vlan-trunk", vlans=True))


def take(product: Product, to: Path = DOCS) -> None:
    """Takes the pictures from a product that runs, and leaves nothing on its hypervisors."""
    to.mkdir(exist_ok=True)
    url = product.url
    with chromium() as browser:
        context = browser.new_context(
            storage_state=sign_in(browser, url, product.login),
            viewport=SIZE,
            color_scheme="light",
            reduced_motion="reduce",
        )
        server = Server(context, url)
        for picture in PICTURES:
            lab = server.make_lab("", template=picture.template)
            try:
                if picture.vlans:
                    names = [one.name for one in product.with_vlans(2)]
                    ids = {one["name"]: one["id"] for one in server.get("/api/hypervisors")}
                    placement = dict(zip(("h1", "h2"), map(ids.get, names), strict=True))
                    server.put(f"/api/labs/{lab}/placement", {"placement": placement})
                ended = server.deploy(lab)
                assert ended["state"] == "done", ended["message"]
                designer = Designer(context.new_page(), url).open(lab)
                _shoot(designer, picture, to / f"{picture.name}.png")
            finally:
                server.remove(lab)


def _shoot(designer: Designer, picture: Picture, to: Path) -> None:
    designer.shows("ok")
    for check in designer.page.locator("[data-check]").all():
        expect(check).to_have_attribute("data-state", "ok", timeout=DEPLOYED)
    if picture.selected:
        designer.select(picture.selected)
        expect(designer.inspector.get_by_test_id("observed").first).to_be_visible()
    designer.page.mouse.move(0, 0)
    designer.page.screenshot(path=to, animations="disabled")


def main() -> None:
    with tempfile.TemporaryDirectory() as var:
        product = Product(Path(var))
        try:
            product.start()
            take(product)
        finally:
            product.stop()


if __name__ == "__main__":
    main()
