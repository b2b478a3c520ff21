"""The images page: a disk goes up and is chosen at a VM; what may not be is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import Designer
from tests.browser.server import Server
from tests.e2e.product import Product
from tests.images.samples import qcow2

pytestmark = pytest.mark.browser

LAB = """
trunkline: 1
name: Chooses
nodes:
  h1: {kind: host}
  v1: {kind: vm, host: h1}
"""


def upload(page: Page, path: Path, name: str) -> None:
    page.get_by_test_id("upload-image").click()
    with page.expect_file_chooser() as chosen:
        page.get_by_test_id("upload-file").click()
    chosen.value.set_files(path)
    field = page.get_by_test_id("upload-name")
    expect(field).to_have_value(path.name)
    field.fill(name)
    page.get_by_test_id("upload-start").click()


def test_a_disk_is_uploaded_chosen_and_deleted(
    page: Page,
    product: Product,
    designer: Designer,
    server: Server,
    make_lab: MakeLab,
    tmp_path: Path,
) -> None:
    disk = qcow2(tmp_path / "small.img", "64M")
    page.goto(f"{product.url}/images")
    expect(page.get_by_text("No image yet")).to_be_visible()
    upload(page, disk, "small.qcow2")
    row = page.get_by_test_id("image-small.qcow2")
    expect(row).to_contain_text("qcow2")
    expect(row).to_contain_text("a disk of 64 MiB")
    expect(row).to_contain_text("no lab")

    layer = qcow2(tmp_path / "layer.qcow2", "64M", "-b", str(disk), "-F", "qcow2")
    upload(page, layer, "layer.qcow2")
    failed = page.get_by_test_id("upload-layer.qcow2")
    expect(failed).to_contain_text("only a layer over a backing file")
    expect(failed).to_contain_text("qemu-img convert")
    failed.get_by_role("button", name="Dismiss").click()
    expect(failed).to_have_count(0)

    lab = make_lab("Chooses", text=LAB)
    designer.open(lab).select("v1")
    field = designer.field("disk")
    field.click()
    page.get_by_role("option", name="small.qcow2").click()
    expect(field).to_have_value("small.qcow2")

    page.goto(f"{product.url}/images")
    expect(row).to_contain_text("Chooses")
    row.get_by_role("button", name="Delete small.qcow2").click()
    expect(page.get_by_text("choose another image there first")).to_be_visible()
    expect(page.get_by_role("button", name="Delete image")).to_be_disabled()
    page.get_by_role("button", name="Keep it").click()
    server.remove(lab)
    page.reload()
    row.get_by_role("button", name="Delete small.qcow2").click()
    page.get_by_role("button", name="Delete image").click()
    expect(row).to_have_count(0)
