"""Hypothesis strategies: designs that can be read, and JSON that nobody should send."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from designer.topology import document
from designer.topology.design import Design
from designer.topology.kinds import KINDS

SOME = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=30)
"""For every property here: no deadlines on a machine that others use, too."""

AWKWARD = [
    "no",
    "Yes",
    "null",
    "~",
    "0123",
    "1e3",
    "0x1f",
    "12:30:45",
    "2001-01-01",
    "1_000",
    ".5",
    "-",
    "- a",
    "a: b",
    "a #b",
    "#",
    "'",
    '"',
    "\\",
    " space ",
    "{x}",
    "[",
    "*x",
    "&x",
    "!x",
    "%",
    "@",
    "`",
    "|",
    ">",
    "?",
    "=",
    "<<",
    "</name><devices>",
    "]]>",
    "<script>",
    "ünïcödé 界 🙂",
    "e\u0301",
    "\u00a0",
]
WORDS = st.sampled_from(AWKWARD) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")),
    max_size=8,
)
LINES = st.lists(WORDS, max_size=3).map("\n".join)
NAMES = st.sampled_from(
    ["br0", "eth0", "eth1", "Eth1", "veth0", "no", "1e3", "7", "a.b-c_d", "0x1"]
)
NODE_IDS = st.sampled_from(["a", "b1", "b10", "b2", "no", "1e3", "null", "0", "c.d", "e_f-g", "y"])
HOPS = st.sampled_from(["10.0.0.9", "192.0.2.1", "223.255.255.254", "fd00::", "fe80::9"])
SSH_KEYS = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDPdoi5HQIxs9aZCMQPEAMLHfqat84HKk5mvV7KIiu6W ann",
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBE27PjCnnDQoI4VVSQdPHv"
    "+Ruy9uJqYDx/PDZ2avtuNqUfgGxfPJQ3802K3JNr1J8umpmkEw/RQTGv+0T/ZHiqA=",
)
ADDRESSES = st.sampled_from(
    ["10.0.0.1/24", "10.0.0.2/31", "192.168.1.77/16", "fd00::1/64", "2001:db8::/127", "fe80::1/10"]
)
ROUTES = st.fixed_dictionaries(
    {"to": st.sampled_from(["default", "10.1.0.0/16"]), "via": st.just("10.0.0.9")}
) | st.fixed_dictionaries(
    {"to": st.sampled_from(["default", "fd01::/64"]), "via": st.just("fd00::9")}
)
PORTS = st.sampled_from([1, 80, 8080]) | st.integers(1, 65535)
FORWARDS = st.lists(
    st.fixed_dictionaries(
        {
            "protocol": st.sampled_from(["tcp", "udp"]),
            "port": PORTS,
            "to": st.sampled_from(["a:eth0", "b1:eth0", "no:eth1"]),
            "to_port": PORTS,
        }
    ),
    unique_by=lambda one: (one["protocol"], one["port"]),
    max_size=3,
)
MACS = st.sampled_from(["02:00:00:00:00:01", "52:54:00:12:34:56", "06:ab:cd:ef:00:99"])


def maybe(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | one


VLAN = st.sampled_from([1, 2, 3, 10, 20, 4094]) | st.integers(1, 4094)
VLANS = (
    st.lists(VLAN, unique=True, max_size=4)
    | st.just(["10-20", 30])
    | st.just([2, "100-110", 50, "4000-4094"])
)

FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "host": {"note": LINES},
    "nic": {"name": NAMES},
    "bridge": {
        "name": NAMES,
        "addresses": st.lists(ADDRESSES, unique=True, max_size=3),
        "mac": maybe(MACS),
        "mtu": maybe(st.integers(68, 65535)),
        "stp": st.booleans(),
        "priority": st.integers(0, 65535),
        "forward_delay": st.integers(0, 30),
        "hello_time": st.integers(1, 10),
        "max_age": st.integers(6, 40),
        "ageing_time": st.integers(0, 1000000),
        "vlan_filtering": st.booleans(),
        "vlan": maybe(VLAN),
        "ipv6": st.booleans(),
    },
    "network": {
        "forward": st.sampled_from(["nat", "open"]),
        "dhcp": st.booleans(),
        "existing": st.sampled_from(["", "", "default", "absent"]),
        "addresses": st.lists(ADDRESSES, unique=True, max_size=2),
        "dhcp_start": st.just("") | HOPS,
        "dhcp_end": st.just("") | HOPS,
        "forwards": FORWARDS,
        "ipv6": st.booleans(),
    },
    "trunk": {
        "mode": st.sampled_from(["sub-interfaces", "vlan-aware"]),
        "vlans": VLANS,
        "native": maybe(VLAN),
    },
    "vm": {
        "memory": st.integers(32, 4096),
        "vcpus": st.integers(1, 8),
        "memory_max": maybe(st.integers(32, 8192)),
        "vcpus_max": maybe(st.integers(1, 16)),
        "kernel": st.sampled_from(["", "tiny.vmlinuz"]),
        "initrd": st.sampled_from(["", "tiny.initrd"]),
        "disk": st.sampled_from(["", "tiny.qcow2"]),
        "cmdline": WORDS,
        "graphics": st.sampled_from(["none", "vnc"]),
        "disk_size": maybe(st.integers(1, 100)),
        "disk_bus": st.sampled_from(["virtio", "sata"]),
        "cloud_init": st.booleans(),
        "hostname": st.sampled_from(["", "web.example"]),
        "user": st.sampled_from(["", "ann"]),
        "ssh_keys": st.lists(st.sampled_from(SSH_KEYS), unique=True, max_size=2),
        "dns": st.lists(HOPS, unique=True, max_size=2),
        "running": st.booleans(),
    },
    "container": {"gateway": st.just("") | HOPS, "routes": st.lists(ROUTES, max_size=2)},
    "router": {
        "gateway": st.just("") | HOPS,
        "masquerade": st.lists(NAMES, unique=True, max_size=2),
        "isolate": st.lists(NAMES, unique=True, max_size=3),
        "forwards": FORWARDS,
    },
    "segment": {
        "transport": st.sampled_from(["vxlan", "plain"]),
        "vni": maybe(st.integers(1, 16777215)),
    },
    "interface": {
        "name": st.just("") | NAMES,
        "addresses": st.lists(ADDRESSES, unique=True, max_size=2),
        "mac": maybe(MACS),
        "mtu": maybe(st.integers(68, 65535)),
        "model": st.sampled_from(["virtio", "e1000"]),
        "cost": maybe(st.integers(1, 65535)),
        "priority": st.integers(0, 63),
        "hairpin": st.booleans(),
        "vlan": maybe(VLAN),
        "tagged": VLANS,
    },
    "link": {"label": WORDS, "plugged": st.booleans()},
    "check": {
        "address": st.just("") | HOPS,
        "expect": st.sampled_from(["reach", "no-reach"]),
        "within": st.integers(1, 600),
        "label": WORDS,
    },
}
KEYS = {"nic": st.sampled_from(["in", "out"])}


@st.composite
def documents(draw: st.DrawFn, most: int = 6) -> dict[str, Any]:
    """Documents of designs that can be read, sound or not: any kind linked to any."""

    def some(kind: str) -> dict[str, Any]:
        return draw(st.fixed_dictionaries({}, optional=FIELDS[kind]))

    hosts = draw(st.lists(NODE_IDS, unique=True, min_size=1, max_size=2))
    nodes: dict[str, Any] = {host: {"kind": "host", **some("host")} for host in hosts}
    for id in draw(st.lists(NODE_IDS, unique=True, max_size=most)):
        if id in nodes:
            continue
        kind = draw(st.sampled_from([one for one in KINDS if one != "host"]))
        nodes[id] = {"kind": kind, "label": draw(WORDS), **some(kind)}
        if KINDS[kind].on_host:
            nodes[id]["host"] = draw(st.sampled_from(hosts))
    interfaces: dict[str, Any] = {}
    for node in draw(st.lists(st.sampled_from(sorted(nodes)), max_size=2 * most)):
        key = draw(KEYS.get(nodes[node]["kind"], NAMES))
        interfaces[f"{node}:{key}"] = {"node": node, **some("interface")}
    links = {}
    if interfaces:
        ends = st.sampled_from(sorted(interfaces))
        for number in range(draw(st.integers(0, most))):
            links[f"l{number}"] = {"a": draw(ends), "b": draw(ends), **some("link")}
    asked = st.sampled_from(sorted(nodes))
    checks = {
        f"c{number}": {"source": draw(asked), "target": draw(asked), **some("check")}
        for number in range(draw(st.integers(0, 2)))
    }
    return {
        "trunkline": 1,
        "name": draw(WORDS),
        "description": draw(LINES),
        "nodes": nodes,
        "interfaces": interfaces,
        "links": links,
        "checks": checks,
    }


def designs(most: int = 6) -> st.SearchStrategy[Design]:
    return documents(most).map(document.read)


def _deep(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"nodes": value}
    return value


NASTY: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=8),
    st.sampled_from(
        [
            "\ud800",
            "\x00",
            "__proto__",
            "constructor",
            "‮abc",
            "e\u0301" * 50,
            "10.0.0.1/33",
            "010.0.0.1/24",
            "fe80::1%eth0/64",
            "../../etc/shadow",
            "x" * 100_000,
            b"bytes",
            (1, 2),
            {1, 2},
            object(),
        ]
    ),
    st.builds(pow, st.just(-10), st.sampled_from([5000, 5001])),
    st.builds(_deep, st.sampled_from([1, 3, 50, 5000])),
)
"""Whatever a program, a browser or someone ill-disposed could send."""

JUNK = st.recursive(
    NASTY,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)
