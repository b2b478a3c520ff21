"""A lab's packet filter by the programs of iptables-legacy, where the kernel has no nftables.

What is one table of nftables is here a chain of the lab's name in each of the tables `filter` and
`nat`, for IPv4 and IPv6, to which FORWARD and POSTROUTING jump, and for port forwards another in
`nat`, to which PREROUTING and OUTPUT jump. Each table changes in one go (iptables-restore(8)): the
filter's first, so that nothing is masqueraded or let in unguarded. Every rule has the mark as its
comment.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from itertools import product
from pathlib import Path

from designer.machine.marks import parse, table_name
from designer.machine.resources import Behind, Forward, NatTable
from tasks.drivers.kernel.filters import FilterFailed

_SECONDS = 30
_LOCK = "5"
"""Seconds to wait for another program that changes these tables."""
_IN = "-in"
"""Behind the lab's name, the chain of what is forwarded."""
_HOOKS = {
    ("filter", ""): ("FORWARD",),
    ("nat", ""): ("POSTROUTING",),
    ("nat", _IN): ("PREROUTING", "OUTPUT"),
}
"""What jumps to each of the lab's chains, by its table and what is behind its name."""
_TABLES = tuple(dict.fromkeys(table for table, _ in _HOOKS))
_VERSIONS = {"iptables": 4, "ip6tables": 6}
_PREFIX = table_name("")
_NAMES = {
    "iptables": Path("/proc/thread-self/net/ip_tables_names"),
    "ip6tables": Path("/proc/thread-self/net/ip6_tables_names"),
}
"""Which tables there are in the namespace of this thread; it has none until one is used."""


Words = tuple[str, ...]
Chain = tuple[str, str]
"""A table, and what is behind the lab's name."""


@dataclass
class _Seen:
    """The lab's chains of one family: the rules of each, and whose they are."""

    rules: dict[Chain, list[list[str]]] = field(default_factory=dict)
    hooks: dict[Chain, dict[str, str]] = field(default_factory=dict)
    """The lines that jump to each, by the chain that they are in."""
    owners: set[str] = field(default_factory=set)

    def works(self, chain: Chain) -> bool:
        """Whether it is there and all jumps to it are."""
        return chain in self.rules and set(self.hooks.get(chain, ())) == set(_HOOKS[chain])


def are_in_use(family: str = "iptables") -> bool:
    """Whether anybody has a rule where this thread stands."""
    return bool(_tables_of(family))


def _tables_of(family: str) -> list[str]:
    try:
        return _NAMES[family].read_text().split()
    except OSError:
        return []


def forward_chains() -> Iterator[tuple[str, str, Words]]:
    """Of each family that has any, FORWARD's policy and what its last rule says. Raises
    FilterFailed."""
    for family in _VERSIONS:
        if "filter" in _tables_of(family):
            lines = _save(family, "-t", "filter").splitlines()
            [policy] = [one.split()[1] for one in lines if one.startswith(":FORWARD ")]
            rules = [shlex.split(one) for one in lines if one.startswith("-A FORWARD ")]
            yield family, policy, _bare(rules[-1]) if rules else ()


def names() -> list[str]:
    """The labs' names of chains where this thread stands."""
    if not are_in_use():
        return []
    found = set()
    for line in _save(next(iter(_VERSIONS))).splitlines():
        name = line[1:].split(" ", 1)[0]
        if line.startswith(":") and name.startswith(_PREFIX):
            found.add(name.removesuffix(_IN))
    return sorted(found)


def put(table: NatTable, mark: str) -> None:
    """Put chains in place, or others in theirs; connections that are known go on."""
    for family in _families():
        seen = _seen(family, table.name)
        for which in _TABLES:
            lines: list[str] = []
            for chain in _chains(which):
                if _has(table, chain):
                    lines += _placing(table, family, chain, seen, mark)
                elif chain in seen.rules:
                    lines += _removal(table.name, chain, seen)
            if lines:
                _restore(family, which, lines)


def remove(name: str) -> None:
    """Remove the chains of that name."""
    for family in _families():
        seen = _seen(family, name)
        for which in reversed(_TABLES):
            gone = [chain for chain in _chains(which) if chain in seen.rules]
            if gone:
                lines = [line for chain in gone for line in _removal(name, chain, seen)]
                _restore(family, which, lines)


def read(netns: str, name: str) -> NatTable:
    """The chains as the kernel has them. What one family lacks is seen as lacking."""
    seen = {_VERSIONS[family]: _seen(family, name) for family in _families()}
    outside = set.intersection(*(_outside(one) for one in seen.values()))
    isolated = set.intersection(*(_isolated(one) for one in seen.values()))
    owners = set.intersection(*(one.owners for one in seen.values()))
    return NatTable(
        netns=netns,
        name=name,
        outside=tuple(sorted(outside)),
        isolated=tuple(sorted(isolated)),
        behind=tuple(sorted(_behind(seen))),
        forwards=tuple(sorted(one for each in seen.items() for one in _forwards(*each))),
        owner=next((lab for lab in owners if table_name(lab) == name), None),
    )


def _chains(which: str) -> list[Chain]:
    return [chain for chain in _HOOKS if chain[0] == which]


def _has(table: NatTable, chain: Chain) -> bool:
    if chain[1] == _IN:
        return bool(table.forwards)
    return chain[0] == "filter" or table.translates


def _placing(table: NatTable, family: str, chain: Chain, seen: _Seen, mark: str) -> Iterator[str]:
    """Lines that fill a chain, and jump to it where nothing does."""
    name = table.name + chain[1]
    yield f":{name} - [0:0]"
    for hook in _HOOKS[chain]:
        if hook not in seen.hooks.get(chain, ()):
            yield _rule(hook, mark, "-j", name)
    for words in _rules(chain, table, _VERSIONS[family]):
        yield _rule(name, mark, *words)


def _rules(chain: Chain, table: NatTable, version: int) -> Iterator[Words]:
    forwards = [one for one in table.forwards if ip_address(one.to).version == version]
    if chain[1] == _IN:
        yield from map(_to_target, forwards)
    elif chain[0] == "nat":
        for out in table.outside:
            yield ("-o", out, "-j", "MASQUERADE")
        for one in forwards:
            yield _from_near(one)
        for network in table.behind:
            for subnet in _of_version(network.subnets, version):
                yield _leaving(network.bridge, subnet)
    else:
        for come, go in product(table.isolated, repeat=2):
            yield ("-i", come, "-o", go, "-j", "DROP")
        yield ("-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT")
        if forwards:
            yield _LET_IN
        for out in table.outside:
            yield ("-i", out, "-j", "DROP")
        for network in table.behind:
            yield _entering(network.bridge)


_LET_IN: Words = ("-m", "conntrack", "--ctstate", "DNAT", "-j", "ACCEPT")
_LOOPBACK = {4: "127.0.0.0/8", 6: "::1/128"}


def _entering(bridge: str) -> Words:
    return ("!", "-i", bridge, "-o", bridge, "-j", "DROP")


def _leaving(bridge: str, subnet: str) -> Words:
    return ("-s", subnet, "!", "-d", subnet, "!", "-o", bridge, "-j", "MASQUERADE")


def _to_target(one: Forward) -> Words:
    to = ip_address(one.to)
    at = f"[{to}]" if to.version == 6 else str(to)
    asked = ("!", "-d", _LOOPBACK[to.version], "-p", one.protocol)
    local = ("-m", "addrtype", "--dst-type", "LOCAL")
    port = ("-m", one.protocol, "--dport", str(one.port))
    return (*asked, *local, *port, "-j", "DNAT", "--to-destination", f"{at}:{one.to_port}")


def _from_near(one: Forward) -> Words:
    to = str(ip_network(one.to))
    return ("-s", one.near, "-d", to, "-m", "conntrack", "--ctstate", "DNAT", "-j", "MASQUERADE")


def _of_version(subnets: tuple[str, ...], version: int) -> list[str]:
    return [one for one in subnets if ip_network(one).version == version]


def _rule(chain: str, mark: str, *words: str) -> str:
    return " ".join(("-A", chain, "-m", "comment", "--comment", f'"{mark}"', *words))


def _removal(name: str, chain: Chain, seen: _Seen) -> Iterator[str]:
    """Lines that take a chain away; emptied first, or made, so that it is there to be taken."""
    yield f":{name}{chain[1]} - [0:0]"
    for line in seen.hooks.get(chain, {}).values():
        yield line.replace("-A", "-D", 1)
    yield f"-X {name}{chain[1]}"


def _seen(family: str, name: str) -> _Seen:
    found = _Seen()
    chains: dict[str, Chain] = {}
    for line in _save(family).splitlines():
        if line.startswith("*"):
            chains = {name + chain[1]: chain for chain in _chains(line[1:].strip())}
        elif line.startswith(":"):
            made = chains.get(line[1:].split(" ", 1)[0])
            if made is not None:
                found.rules[made] = []
        elif line.startswith("-A "):
            _look_at(found, chains, line)
    return found


def _look_at(found: _Seen, chains: Mapping[str, Chain], line: str) -> None:
    into, target = line.split(" ", 2)[1], line.rsplit(" -j ", 1)[-1]
    if into in chains:
        words = shlex.split(line)
        found.rules[chains[into]].append(words)
        mark = parse(_after(words, "--comment"))
        if mark is not None:
            found.owners.add(mark.lab)
    elif target in chains and into in _HOOKS[chains[target]]:
        found.hooks.setdefault(chains[target], {})[into] = line


def _bare(rule: list[str]) -> Words:
    """What a rule says, without its chain and its mark."""
    words = rule[2:]
    if "--comment" in words:
        at = words.index("--comment")
        words = words[: at - 2] + words[at + 2 :]
    return tuple(words)


def _said(seen: _Seen, chain: Chain) -> set[Words]:
    """What the rules of a chain say that is jumped to; nothing where it is not."""
    return {_bare(rule) for rule in seen.rules[chain]} if seen.works(chain) else set()


_FILTER, _NAT, _FORWARDED = _HOOKS


def _behind(seen: Mapping[int, _Seen]) -> Iterator[Behind]:
    """Networks that are guarded in every family, and masqueraded from each of their subnets."""
    subnets: dict[str, list[str]] = {}
    for one in seen.values():
        for rule in _said(one, _NAT):
            bridge, subnet = _after(rule, "-o"), _after(rule, "-s")
            if bridge and subnet and rule == _leaving(bridge, subnet):
                subnets.setdefault(bridge, []).append(subnet)
    for bridge, found in subnets.items():
        if all(_entering(bridge) in _said(one, _FILTER) for one in seen.values()):
            yield Behind(bridge=bridge, subnets=tuple(sorted(found)))


def _forwards(version: int, seen: _Seen) -> Iterator[Forward]:
    """Those that are let in, and masqueraded where they have to be."""
    if _LET_IN not in _said(seen, _FILTER):
        return
    near: dict[str, list[str]] = {}
    for rule in _said(seen, _NAT):
        source, target = _after(rule, "-s"), _after(rule, "-d")
        if source and target and "DNAT" in rule:
            near.setdefault(target, []).append(source)
    for rule in _said(seen, _FORWARDED):
        at, _, to_port = (_after(rule, "--to-destination") or "").rpartition(":")
        port, protocol = _after(rule, "--dport") or "", _after(rule, "-p")
        if not (at and port.isdecimal() and to_port.isdecimal() and protocol in ("tcp", "udp")):
            continue
        to = at.strip("[]")
        for source in near.get(str(ip_network(to)), ()):
            one = Forward(
                protocol=protocol,  # type: ignore[arg-type]
                port=int(port),
                to=to,
                to_port=int(to_port),
                near=source,
            )
            if rule == _to_target(one) and _from_near(one) in _said(seen, _NAT):
                yield one


def _outside(seen: _Seen) -> set[str]:
    """Interfaces that are masqueraded and guarded, in chains that are jumped to."""
    out = {
        _after(rule, "-o")
        for rule in _said(seen, _NAT)
        if _after(rule, "-j") == "MASQUERADE" and "-s" not in rule
    }
    guarded = {
        _after(rule, "-i")
        for rule in _said(seen, _FILTER)
        if _after(rule, "-j") == "DROP" and "-o" not in rule
    }
    return {name for name in out & guarded if name}


def _isolated(seen: _Seen) -> set[str]:
    """Interfaces of which every two are kept apart."""
    pairs = {
        (_after(rule, "-i"), _after(rule, "-o"))
        for rule in _said(seen, _FILTER)
        if _after(rule, "-j") == "DROP" and "-o" in rule and "!" not in rule
    }
    found = {one for one, _ in pairs if one}
    return found if pairs == set(product(found, repeat=2)) else set()


def _after(words: Sequence[str], option: str) -> str | None:
    """The word behind an option."""
    return words[words.index(option) + 1] if option in words[:-1] else None


def _families() -> list[str]:
    """Those that the kernel has: it may be without IPv6."""
    has_ipv6 = Path("/proc/thread-self/net/if_inet6").exists()
    return [one for one in _VERSIONS if has_ipv6 or one != "ip6tables"]


def _save(family: str, *arguments: str) -> str:
    return _run(f"{family}-legacy-save", *arguments)


def _restore(family: str, table: str, lines: Sequence[str]) -> None:
    text = "\n".join([f"*{table}", *lines, "COMMIT", ""])
    _run(f"{family}-legacy-restore", "--noflush", "--wait", _LOCK, script=text)


def _run(name: str, *arguments: str, script: str | None = None) -> str:
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if program is None:
        raise FilterFailed(f"{name} is not installed (apt-get install iptables)")
    done = subprocess.run(
        [program, *arguments],
        input=script,
        stdin=subprocess.DEVNULL if script is None else None,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise FilterFailed(lines[0] if lines else f"{name} ended with {done.returncode}")
    return done.stdout
