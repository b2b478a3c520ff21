"""Trunks: drawn by pointer and keys, told in the inspector, refused where no kernel has VLANs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeLab
from tests.browser.designer import Designer
from tests.browser.server import Server
from tests.e2e.product import Product

pytestmark = pytest.mark.browser

TRUNK = json.dumps(
    {
        "trunkline": 1,
        "name": "Trunk",
        "nodes": {
            "h1": {"kind": "host"},
            "n1": {"kind": "nic", "host": "h1", "name": "eth1"},
            "t1": {"kind": "trunk", "host": "h1", "vlans": [10, 20]},
            "br10": {"kind": "bridge", "host": "h1", "name": "brvlan-10"},
            "br20": {"kind": "bridge", "host": "h1", "name": "brvlan-20"},
            "c1": {"kind": "container", "host": "h1"},
            "lan": {"kind": "segment", "transport": "plain"},
        },
        "interfaces": {
            "n1:in": {"node": "n1"},
            "n1:out": {"node": "n1"},
            "lan:p1": {"node": "lan"},
            "t1:p1": {"node": "t1"},
            "t1:p2": {"node": "t1", "vlan": 10},
            "br10:p1": {"node": "br10"},
            "br10:p2": {"node": "br10"},
            "c1:eth0": {"node": "c1", "addresses": ["10.0.0.1/24"]},
        },
        "links": {
            "l1": {"a": "n1:in", "b": "t1:p1"},
            "l2": {"a": "n1:out", "b": "lan:p1"},
            "l3": {"a": "t1:p2", "b": "br10:p1"},
            "l4": {"a": "c1:eth0", "b": "br10:p2"},
        },
    }
)


def document(server: Server, lab: str) -> Any:
    """The design as the server has it."""
    answer = server.context.request.get(f"{server.url}/api/labs/{lab}/document?format=json")
    assert answer.ok
    return json.loads(answer.text())


def commit(designer: Designer, field: str, value: str) -> None:
    designer.field(field).fill(value)
    designer.field(field).press("Enter")


def test_a_trunk_drawn_by_hand(make_lab: MakeLab, designer: Designer, server: Server) -> None:
    """Each cable from the trunk brings the next VLAN with it; what is typed is saved in order."""
    lab = make_lab("Drawn trunk")
    page = designer.open(lab).page
    designer.drop("host", 260, 60)
    designer.drop_on("nic", "host-1", 110, 160)
    designer.drop_on("trunk", "host-1", 320, 160)
    designer.drop_on("bridge", "host-1", 110, 84)
    designer.drop_on("bridge", "host-1", 320, 84)
    designer.drop("segment", 700, 60)
    expect(designer.nodes).to_have_count(6)
    expect(designer.links).to_have_count(1)  # the trunk took the one NIC of its host

    for bridge in ("bridge-1", "bridge-2"):
        designer.cable("new-trunk-1", f"new-{bridge}")
    expect(designer.links).to_have_count(3)
    designer.cable("new-segment-1", "new-nic-1")
    expect(designer.links).to_have_count(4)

    designer.select("trunk-1")
    expect(designer.field("vlans")).to_have_value("10, 20")
    commit(designer, "vlans", "20 10; 100 - 110")
    page.keyboard.press("Tab")
    expect(designer.field("vlans")).to_have_value("10, 20, 100-110")
    designer.saved()
    drawn = document(server, lab)
    assert drawn["nodes"]["trunk-1"]["vlans"] == [10, 20, "100-110"]
    ports = {
        id: one.get("vlan") for id, one in drawn["interfaces"].items() if id.startswith("trunk-1:")
    }
    assert sorted(ports.values(), key=lambda vlan: vlan or 0) == [None, 10, 20]


def test_vlans_by_keys_alone(make_lab: MakeLab, designer: Designer, server: Server) -> None:
    """The list says what is wrong with it; access links are added, moved, renamed, taken away."""
    lab = make_lab("Keyed trunk", text=TRUNK)
    page = designer.open(lab).page
    _go_to(page, "t1")
    vlans = designer.field("vlans")
    for text, words in (
        ("10, 4095", "4095 is no VLAN id"),
        ("110-100", "runs backwards: write 100-110"),
        ("10, 5-12", "10 stands here twice, in 10 and in 5-12"),
        ("ten", "“ten” is no VLAN"),
    ):
        vlans.fill(text)
        expect(designer.inspector).to_contain_text(words)
        vlans.press("Escape")
        expect(vlans).to_have_value("10, 20")
    commit(designer, "vlans", "10,20,30")

    links = page.get_by_test_id("access-links")
    expect(links.get_by_test_id("trunk-picture")).to_have_accessible_name(
        "What will be made: VLAN 10: eth1.10, a port of brvlan-10"
    )
    to = page.get_by_test_id("access-to")
    to.focus()
    to.press_sequentially("brvlan-20")
    to.press("ArrowDown")
    to.press("Enter")
    page.get_by_test_id("add-access").press("Enter")
    added = page.get_by_test_id("vlan-of-t1:p3")
    expect(added).to_have_value("20")
    added.fill("30")
    added.press("Enter")
    name = page.get_by_test_id("name-of-t1:p3")
    expect(name).to_have_attribute("placeholder", "eth1.30")
    name.fill("green")
    name.press("Enter")
    expect(links.get_by_test_id("trunk-picture")).to_have_accessible_name(
        "What will be made: VLAN 10: eth1.10, a port of brvlan-10. "
        "VLAN 30: green, a port of brvlan-20"
    )
    designer.saved()
    port = document(server, lab)["interfaces"]["t1:p3"]
    assert port == {"node": "t1", "vlan": 30, "name": "green"}

    links.get_by_role("button", name="Remove VLAN 10: eth1.10, a port of brvlan-10").press("Enter")
    expect(page.get_by_test_id("access-t1:p2")).to_have_count(0)
    designer.saved()
    assert "l3" not in document(server, lab)["links"]

    page.get_by_test_id("mode-vlan-aware").focus()
    page.keyboard.press("Space")
    expect(links.get_by_test_id("trunk-picture")).to_have_accessible_name(
        "What will be made: eth1 becomes a port of brvlan-20: tagged 10, 20, 30, nothing untagged"
    )
    designer.saved()
    assert document(server, lab)["nodes"]["t1"]["mode"] == "vlan-aware"


def test_fields_stand_only_where_they_mean_something(
    make_lab: MakeLab, designer: Designer, server: Server
) -> None:
    lab = make_lab("Aware bridge", text=TRUNK)
    page = designer.open(lab).page
    designer.select("br10")
    row = page.get_by_test_id("interface-br10:p2")
    row.click()
    port = designer.inspector.get_by_role("region").filter(has=page.get_by_test_id("field-mac"))
    expect(port.get_by_test_id("field-tagged")).to_have_count(0)
    designer.inspector.get_by_label("VLAN-aware").press("Space")
    for field, value in (("tagged", "100-102, 200"), ("vlan", "10")):
        port.get_by_test_id(f"field-{field}").fill(value)
        port.get_by_test_id(f"field-{field}").press("Enter")
    expect(row).to_contain_text("VLAN 10, tagged 100-102, 200")
    designer.saved()
    drawn = document(server, lab)
    assert drawn["nodes"]["br10"]["vlan_filtering"] is True
    assert drawn["interfaces"]["br10:p2"]["vlan"] == 10
    assert drawn["interfaces"]["br10:p2"]["tagged"] == ["100-102", 200]


def test_a_segment_says_what_passes(make_lab: MakeLab, designer: Designer) -> None:
    page = designer.open(make_lab("Passing", template="vlan-trunk")).page
    designer.select("lan")
    table = page.get_by_test_id("passing")
    expect(table.get_by_role("columnheader")).to_have_text(["VLAN", "Host 1", "Host 2"])
    for vlan in (10, 20):
        row = table.get_by_test_id(f"passing-{vlan}")
        expect(row.get_by_text("carries it", exact=True)).to_have_count(2)
    designer.select("trunk2")
    commit(designer, "vlans", "10")
    designer.select("lan")
    row = table.get_by_test_id("passing-20")
    expect(row.get_by_text("carries it", exact=True)).to_have_count(1)
    expect(table).to_contain_text("Only one host carries it")


def test_a_trunk_is_refused_by_the_missing_kernel_feature(
    make_lab: MakeLab, designer: Designer, server: Server, product: Product
) -> None:
    """Placed where no kernel has 802.1Q; that is said at its place before anything is begun."""
    if product.has_vlans:
        pytest.skip("this machine's kernel has 802.1Q, and so have all its hypervisors")
    lab = make_lab("Refused trunk", text=TRUNK)
    hv1 = next(one["id"] for one in server.get("/api/hypervisors") if one["name"] == "hv1")
    server.put(f"/api/labs/{lab}/placement", {"placement": {"h1": hv1}})
    page = designer.open(lab).page
    page.get_by_test_id("deploy").click()
    blocked = page.get_by_test_id("blocked")
    expect(blocked).to_contain_text("802.1Q", timeout=60_000)
    expect(blocked).to_contain_text("hv1")
    blocked.get_by_role("button").filter(has_text="802.1Q").first.click()
    expect(designer.node("t1")).to_have_attribute("data-selected", "true")

    page.goto(f"{product.url}/hypervisors")
    card = page.get_by_test_id("hypervisor-hv1")
    expect(card).to_contain_text("VLAN sub-interfaces (802.1Q): not in its kernel")


def _go_to(page: Page, node: str) -> None:
    """Through the outline, by what it says of VLANs too."""
    page.get_by_text("Outline", exact=True).click()
    search = page.get_by_label("Find a node, a VLAN or a check")
    search.fill(node)
    tree = page.get_by_role("tree", name="Outline")
    tree.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id(f"outline-{node}")).to_have_attribute("aria-selected", "true")
