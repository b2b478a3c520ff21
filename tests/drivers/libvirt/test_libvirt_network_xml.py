"""The XML of networks: libvirt's own schema takes every shape, it reads back as written, and
nothing can be smuggled in."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from lxml import etree

from designer.machine.marks import Mark
from designer.machine.resources import DhcpRange, DomainNic, Network, StaticLease
from tasks.drivers.libvirt_ import network_xml, reading, writing

GOLDEN = Path(__file__).with_name("golden") / "network.xml"
MARK = Mark("k3j2h1g0", "d1")
NET = Network(
    name="k3j2h1g0-net1",
    bridge="virbr1",
    uuid="0f6c9f0f-5f0e-5c0c-8a7e-3f1f6a0f2c11",
    forward="nat",
    addresses=("192.168.122.1/24", "fd00:122::1/64"),
    ranges=(DhcpRange(start="192.168.122.2", end="192.168.122.254"),),
    leases=(StaticLease(ip="192.168.122.9", mac="52:54:00:00:00:01", name="vm1"),),
    domain="lab.example",
    dns=True,
    mtu=1450,
    running=True,
    autostart=True,
    owner="k3j2h1g0",
)
SHAPES = [
    replace(NET, forward=forward, addresses=addresses, mtu=mtu, dns=dns, domain=domain,
            ranges=NET.ranges if addresses and dhcp else (),
            leases=NET.leases if addresses and dhcp else ())
    for forward, addresses, mtu, (dns, domain), dhcp in product(
        ("nat", "routed", "open", "isolated"),
        ((), NET.addresses, ("192.168.122.1/24",)),
        (None, 1450),
        ((True, ""), (False, ""), (True, "lab.example")),
        (True, False),
    )
]  # fmt: skip


def written(network: Network) -> etree._Element:
    return reading.parse(network_xml.network_xml(network, MARK))


def test_golden() -> None:
    text = network_xml.network_xml(NET, MARK)
    if os.environ.get("TRUNKLINE_GOLDEN") == "write":
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


def test_libvirts_own_schema_takes_every_shape_and_it_reads_back() -> None:
    schema = etree.RelaxNG(etree.parse("/usr/share/libvirt/schemas/network.rng"))
    for network in SHAPES:
        root = written(network)
        schema.assertValid(root)
        assert network_xml.network_of(root, active=True, autostart=True) == network


def test_a_card_on_a_network_is_as_the_schema_has_it() -> None:
    nic = DomainNic(mac="52:54:00:00:00:01", bridge="virbr1", network=NET.name)
    interface = etree.fromstring(writing.nic_xml(nic))
    assert interface.get("type") == "network"
    source = interface.find("source")
    assert source is not None
    assert source.items() == [("network", NET.name)]


@pytest.mark.parametrize("text", ["</name><bridge name='eth0'/>", "&xxe;", "<![CDATA[", "'\""])
def test_text_never_becomes_markup(text: str) -> None:
    root = written(replace(NET, name=text, domain=text))
    assert root.findtext("name") == text
    assert root.xpath("string(domain/@name)") == text
    assert len(root) == len(written(NET))


@pytest.mark.parametrize(
    ("xml", "seen"),
    [
        ("<network><name>n</name><forward mode='bridge'/></network>",
         ("bridge", "", ())),
        ("<network><name>n</name><forward dev='eth0'/><bridge name='virbr0'/>"
         "<ip address='10.0.0.1' netmask='255.255.0.0'/></network>",
         ("nat", "virbr0", ("10.0.0.1/16",))),
        ("<network><name>n</name><bridge name='virbr0'/><ip address='192.168.1.1'/></network>",
         ("isolated", "virbr0", ("192.168.1.1/24",))),
    ],
)  # fmt: skip
def test_what_others_made_is_read(xml: str, seen: tuple[object, ...]) -> None:
    facts = network_xml.facts_of(reading.parse(xml), active=True)
    assert (facts.forward, facts.bridge, facts.addresses, facts.owner) == (*seen, None)
