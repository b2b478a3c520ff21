"""A lab's packet filter by the programs of iptables-legacy, where the kernel has no nftables.

What is one table of nftables is here a chain of the lab's name in each of the tables `filter` and
`nat`, for IPv4 and IPv6, to which FORWARD and POSTROUTING jump. Each table changes in one go
(iptables-restore(8)): the filter's first, so that nothing is masqueraded unguarded. Every rule has
the mark as its comment.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from designer.machine.marks import parse, table_name
from designer.machine.resources import NatTable
from tasks.drivers.kernel.filters import FilterFailed

_SECONDS = 30
_LOCK = "5"
"""Seconds to wait for another program that changes these tables."""
_FAMILIES = ("iptables", "ip6tables")
_HOOKS = {"filter": "FORWARD", "nat": "POSTROUTING"}
_PREFIX = table_name("")
_IN_USE = Path("/proc/thread-self/net/ip_tables_names")
"""Which tables there are in the namespace of this thread; it has none until one is used."""


@dataclass
class _Seen:
    """The lab's chains of one family: the rules of each by its table, and whose they are."""

    rules: dict[str, list[list[str]]] = field(default_factory=dict)
    hooks: dict[str, str] = field(default_factory=dict)
    """The line that jumps to it, by table."""
    owners: set[str] = field(default_factory=set)


def names() -> list[str]:
    """The labs' names of chains where this thread stands."""
    try:
        if not _IN_USE.read_text().strip():
            return []
    except OSError:
        return []
    found = set()
    for line in _save(_FAMILIES[0]).splitlines():
        name = line[1:].split(" ", 1)[0]
        if line.startswith(":") and name.startswith(_PREFIX):
            found.add(name)
    return sorted(found)


def put(table: NatTable, mark: str) -> None:
    """Put chains in place, or others in theirs; connections that are known go on."""
    for family in _families():
        seen = _seen(family, table.name)
        for which in _HOOKS:
            if which == "nat" and not table.outside:
                if which in seen.rules:
                    _restore(family, _removal(which, table.name, seen.hooks.get(which)))
                continue
            lines = [f"*{which}", f":{table.name} - [0:0]"]
            if which not in seen.hooks:
                lines.append(_rule(_HOOKS[which], mark, "-j", table.name))
            lines += (_rule(table.name, mark, *words) for words in _rules(which, table))
            _restore(family, [*lines, "COMMIT"])


def remove(name: str) -> None:
    """Remove the chains of that name."""
    for family in _families():
        seen = _seen(family, name)
        for which in reversed(_HOOKS):
            if which in seen.rules:
                _restore(family, _removal(which, name, seen.hooks.get(which)))


def read(netns: str, name: str) -> NatTable:
    """The chains as the kernel has them. What one family lacks is seen as lacking."""
    seen = [_seen(family, name) for family in _families()]
    outside = set.intersection(*(_outside(one) for one in seen))
    isolated = set.intersection(*(_isolated(one) for one in seen))
    owners = set.intersection(*(one.owners for one in seen))
    return NatTable(
        netns=netns,
        name=name,
        outside=tuple(sorted(outside)),
        isolated=tuple(sorted(isolated)),
        owner=next((lab for lab in owners if table_name(lab) == name), None),
    )


def _rules(which: str, table: NatTable) -> Iterator[tuple[str, ...]]:
    if which == "nat":
        for out in table.outside:
            yield ("-o", out, "-j", "MASQUERADE")
        return
    for one, other in product(table.isolated, repeat=2):
        yield ("-i", one, "-o", other, "-j", "DROP")
    yield ("-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT")
    for out in table.outside:
        yield ("-i", out, "-j", "DROP")


def _rule(chain: str, mark: str, *words: str) -> str:
    return " ".join(("-A", chain, "-m", "comment", "--comment", f'"{mark}"', *words))


def _removal(which: str, name: str, hook: str | None) -> list[str]:
    """Lines that take a chain away; emptied first, or made, so that it is there to be taken."""
    unhook = [] if hook is None else [hook.replace("-A", "-D", 1)]
    return [f"*{which}", f":{name} - [0:0]", *unhook, f"-X {name}", "COMMIT"]


def _seen(family: str, name: str) -> _Seen:
    found = _Seen()
    which = ""
    for line in _save(family).splitlines():
        if line.startswith("*"):
            which = line[1:].strip()
        elif which not in _HOOKS:
            continue
        elif line.startswith(f":{name} "):
            found.rules[which] = []
        elif line.startswith(f"-A {_HOOKS[which]} ") and line.endswith(f" -j {name}"):
            found.hooks[which] = line
        elif line.startswith(f"-A {name} "):
            words = shlex.split(line)
            found.rules[which].append(words)
            mark = parse(_after(words, "--comment"))
            if mark is not None:
                found.owners.add(mark.lab)
    return found


def _outside(seen: _Seen) -> set[str]:
    """Interfaces that are masqueraded and guarded, in chains that are jumped to."""
    if not _HOOKS.keys() <= seen.hooks.keys():
        return set()
    out = {_after(rule, "-o") for rule in seen.rules["nat"] if _after(rule, "-j") == "MASQUERADE"}
    guarded = {
        _after(rule, "-i")
        for rule in seen.rules["filter"]
        if _after(rule, "-j") == "DROP" and "-o" not in rule
    }
    return {name for name in out & guarded if name}


def _isolated(seen: _Seen) -> set[str]:
    """Interfaces of which every two are kept apart."""
    if "filter" not in seen.hooks:
        return set()
    pairs = {
        (_after(rule, "-i"), _after(rule, "-o"))
        for rule in seen.rules["filter"]
        if _after(rule, "-j") == "DROP" and "-o" in rule
    }
    found = {one for one, _ in pairs if one}
    return found if pairs == set(product(found, repeat=2)) else set()


def _after(words: list[str], option: str) -> str | None:
    """The word behind an option."""
    return words[words.index(option) + 1] if option in words[:-1] else None


def _families() -> list[str]:
    """Those that the kernel has: it may be without IPv6."""
    has_ipv6 = Path("/proc/thread-self/net/if_inet6").exists()
    return [one for one in _FAMILIES if has_ipv6 or one != "ip6tables"]


def _save(family: str) -> str:
    return _run(f"{family}-legacy-save")


def _restore(family: str, lines: list[str]) -> None:
    text = "\n".join([*lines, ""])
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
