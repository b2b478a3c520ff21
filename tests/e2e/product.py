"""The running product as tests use it: start it once, drive it, and look at the machines.

What a test believes comes from the kernel and from libvirt (``ip -j``, ``bridge -j``, ``nft -j``,
``virsh``), run inside the sandbox hypervisors, never from the product's own database.
"""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from tasks.sandbox import Hypervisor, requirements
from tasks.sandbox.up import Up
from tests.e2e.shell import Shell

T = TypeVar("T")


def eventually(look: Callable[[], T], *, within: float = 60.0, what: str = "it") -> T:
    """What ``look`` returns as soon as that is true; fails after ``within`` seconds."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {within:.0f} s: {seen!r}")
        time.sleep(0.1)
    return seen


class Product:
    """Everything that ``make up`` starts, in a folder of its own.

    Hypervisors with kernels of their own take longer: they start when a test first wants them.
    """

    def __init__(self, var: Path) -> None:
        self.has_vlans = not requirements.vlan_failure()
        """Whether the hypervisors made of namespaces have 802.1Q."""
        self._names = ("hv1", "hv2", "hv3") if self.has_vlans else ("hv1", "hv2")
        self.up = Up(var, self._names, port=8200)
        self.login: dict[str, str] = {}
        self._shell: Shell | None = None

    def start(self) -> None:
        self.login = self.up.start()
        assert self.up.sandbox is not None, "the tests want a machine that can run hypervisors"
        self._shell = Shell(self.up.var, self.up.web.environment())

    def stop(self) -> None:
        if self._shell is not None:
            self._shell.close()
        self.up.stop()

    @property
    def url(self) -> str:
        return self.up.web.url

    def hypervisor(self, name: str) -> Hypervisor:
        assert self.up.sandbox is not None
        return self.up.sandbox[name]

    def user_mode(self, count: int) -> list[Hypervisor]:
        """So many hypervisors with kernels of their own, their agents connected. The session
        shares them."""
        assert self.up.sandbox is not None
        names = [f"uml{number}" for number in range(1, count + 1)]
        there = {one.name for one in self.up.sandbox.hypervisors}
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(self.up.add_user_mode, [name for name in names if name not in there]))
        return [self.hypervisor(name) for name in names]

    def with_vlans(self, count: int) -> list[Hypervisor]:
        """So many hypervisors that have 802.1Q: of this machine's kernel, or of their own."""
        if not self.has_vlans:
            return self.user_mode(count)
        assert count <= len(self._names), f"the product starts with {len(self._names)}"
        return [self.hypervisor(name) for name in self._names[:count]]

    def lab(self, *arguments: str, expect: int | None = 0) -> Any:
        """``manage.py lab … --json``; fails where the exit status is not the expected one. None:
        any will do."""
        assert self._shell is not None, "start() comes first"
        done = self._shell.manage("lab", *arguments, "--json", timeout=900)
        assert expect in (None, done.returncode), (
            f"lab {' '.join(arguments)} ended with {done.returncode}, not {expect}:\n"
            f"{done.stdout}\n{done.stderr}"
        )
        return json.loads(done.stdout)


_XTABLES = frozenset({"filter", "nat", "mangle", "raw", "security"})
"""Tables of iptables-nft (xtables-nft(8)): libvirt makes them for its first network, and keeps its
empty chains in them."""


class Machine:
    """One hypervisor as the tools that everyone knows show it."""

    def __init__(self, hypervisor: Hypervisor) -> None:
        self.hypervisor = hypervisor

    def command(self, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = self.hypervisor.run(list(argv), capture_output=True, text=True, timeout=60)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(argv)}: {done.stderr.strip()}")
        return done

    def ip(self, *argv: str, netns: str | None = None) -> Any:
        where = ["-n", netns] if netns else []
        return json.loads(self.command("ip", "-j", "-d", *where, *argv).stdout or "[]")

    def link(self, name: str, netns: str | None = None) -> dict[str, Any]:
        """The link as ``ip -j -d link`` shows it; {} where there is none."""
        found = [one for one in self.ip("link", netns=netns) if one["ifname"] == name]
        return found[0] if found else {}

    def addresses(self, name: str, netns: str | None = None) -> list[str]:
        """Global addresses with prefixes, in the kernel's order."""
        return [
            f"{one['local']}/{one['prefixlen']}"
            for link in self.ip("addr", "show", netns=netns)
            if link["ifname"] == name
            for one in link["addr_info"]
            if one["scope"] == "global"
        ]

    def namespace(self, node: str) -> str:
        """The name of the network namespace of a container or router: TAG-NODE."""
        names = [one["name"] for one in self.ip("netns", "list")]
        found = [name for name in names if name.partition("-")[2] == node]
        assert len(found) == 1, f"one namespace of {node} among {names}"
        return str(found[0])

    def fingerprint(self, *nodes: str) -> list[tuple[Any, ...]]:
        """What a link or an address made anew would change: indexes, lifetimes, settings."""
        return [
            (
                netns,
                link["ifindex"],
                link["ifname"],
                link["address"],
                link["mtu"],
                link.get("master"),
                link.get("ifalias"),
                [(a["local"], a["prefixlen"], a["valid_life_time"]) for a in link["addr_info"]],
            )
            for netns in (None, *map(self.namespace, nodes))
            for link in self.ip("addr", netns=netns)
        ]

    def ping(self, address: str, *, node: str | None = None, count: int = 2) -> bool:
        """Whether every ping is answered, from a container or from the hypervisor itself."""
        where = ["ip", "netns", "exec", self.namespace(node)] if node else []
        argv = [*where, "ping", "-n", "-c", str(count), "-i", "0.2", "-W", "1", address]
        return self.command(*argv, check=False).returncode == 0

    def in_guest(self, domain: str, *argv: str) -> str | None:
        """What a program in a VM wrote; None where its guest agent does not answer (yet), or the
        program failed."""
        asked = {"path": argv[0], "arg": argv[1:], "capture-output": True}
        begun = self._ask_guest(domain, "guest-exec", asked)
        while begun is not None:
            told = self._ask_guest(domain, "guest-exec-status", {"pid": begun["pid"]})
            if told is None or told["exited"]:
                well = told is not None and told.get("exitcode") == 0
                return base64.b64decode(told.get("out-data", "")).decode() if well else None
        return None

    def _ask_guest(self, domain: str, command: str, arguments: dict[str, Any]) -> Any:
        text = json.dumps({"execute": command, "arguments": arguments})
        done = self.command("virsh", "qemu-agent-command", domain, text, check=False)
        return None if done.returncode else json.loads(done.stdout)["return"]

    def domains(self) -> list[str]:
        listed = self.command("virsh", "-q", "list", "--all", "--name").stdout
        return sorted(listed.split())

    def inventory(self) -> dict[str, Any]:
        """Everything that a lab could leave behind, to compare before and after."""
        return {
            "links": sorted(
                (one["ifname"], one.get("master", ""), one.get("ifalias", ""))
                for one in self.ip("link")
            ),
            "addresses": {
                one["ifname"]: sorted(
                    f"{a['local']}/{a['prefixlen']}"
                    for a in one["addr_info"]
                    if a["scope"] == "global"
                )
                for one in self.ip("addr")
            },
            "routes": sorted(f"{r['dst']} {r.get('dev')}" for r in self.ip("route")),
            "namespaces": sorted(one["name"] for one in self.ip("netns", "list")),
            "tables": sorted(
                entry["table"]["name"]
                for entry in json.loads(self.command("nft", "-j", "list", "tables").stdout)[
                    "nftables"
                ]
                if "table" in entry and entry["table"]["name"] not in _XTABLES
            ),
            "domains": self.domains(),
            "networks": sorted(self.command("virsh", "net-list", "--all", "--name").stdout.split()),
            "disks": sorted(
                str(path.relative_to(self.hypervisor.state_dir))
                for path in (self.hypervisor.state_dir / "disks").glob("**/*")
            ),
            "labs": sorted(path.name for path in (self.hypervisor.state_dir / "labs").glob("*")),
        }
