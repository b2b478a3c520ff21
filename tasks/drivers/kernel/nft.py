"""A lab's packet filter by the program `nft`, in JSON (nft(8), libnftables-json(5)).

A table is put in place by one transaction, so that there is no moment with half of it. Its mark is
the comment of each rule: nft 1.0 keeps no comment of a table given in JSON.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

from designer.machine.marks import parse, table_name
from designer.machine.resources import NatTable
from tasks.drivers.kernel.filters import FilterFailed
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkError, NetlinkSocket

_FAMILY = "inet"
_SECONDS = 30


def names() -> list[str]:
    """The tables of family inet where this thread stands. To ask this first is a hundred times
    cheaper than the program."""
    with NetlinkSocket(c.NETLINK_NETFILTER) as socket:
        type = c.NFNL_SUBSYS_NFTABLES << 8 | c.NFT_MSG_GETTABLE
        try:
            found = socket.dump(type, bytes((c.NFPROTO_INET, 0, 0, 0)), _table_name)
        except NetlinkError:
            return []  # a kernel without nftables has no table
    return [name for name in found if name]


def _table_name(page: Page, start: int, end: int) -> str:
    name = decode.attributes(page, start + 20, end).get(c.NFTA_TABLE_NAME)
    raw = bytes(page.raw[name[0] : name[1]]) if name else b""
    return raw.partition(b"\0")[0].decode(errors="replace")


def put(table: NatTable, mark: str) -> None:
    """Put a table in place, or another in its; connections that are known go on."""
    _run("-f", "-", commands=list(_commands(table, mark)))


def remove(name: str) -> None:
    """Remove a table that is there."""
    _run("-f", "-", commands=[{"delete": {"table": {"family": _FAMILY, "name": name}}}])


def read(netns: str, name: str) -> NatTable:
    """The table as the kernel has it."""
    listing = _run("list", "table", _FAMILY, name)
    outside: list[str] = []
    owner = None
    guarded: list[str] = []
    isolated: list[str] = []
    for item in listing["nftables"]:
        rule = item.get("rule")
        if rule is None:
            continue
        mark = parse(rule.get("comment"))
        if mark is not None and table_name(mark.lab) == name:
            owner = mark.lab
        verdicts = {key for part in rule["expr"] for key in part}
        come, go = _names(rule["expr"], "iifname"), _names(rule["expr"], "oifname")
        if rule["chain"] == "postrouting" and "masquerade" in verdicts:
            outside += go
        elif rule["chain"] == "forward" and "drop" in verdicts:
            if go:
                isolated += come if sorted(come) == sorted(go) else []
            else:
                guarded += come
    # Unguarded, it does not do what it should: that is to be seen as a difference.
    both = tuple(name for name in outside if name in guarded)
    return NatTable(
        netns=netns, name=name, outside=both, isolated=tuple(sorted(isolated)), owner=owner
    )


def _run(*arguments: str, commands: object = None) -> Any:
    program = shutil.which("nft") or shutil.which("nft", path="/usr/sbin:/sbin")
    if program is None:
        raise FilterFailed("nft is not installed (apt-get install nftables)")
    done = subprocess.run(
        [program, "-j", *arguments],
        input=None if commands is None else json.dumps({"nftables": commands}),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise FilterFailed(lines[0] if lines else f"nft ended with {done.returncode}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def _commands(table: NatTable, mark: str) -> Iterator[dict[str, Any]]:
    """The transaction that puts a table in place."""
    where = {"family": _FAMILY, "table": table.name}

    def rule(chain: str, *expression: dict[str, Any]) -> dict[str, Any]:
        return {
            "add": {"rule": {**where, "chain": chain, "comment": mark, "expr": list(expression)}}
        }

    known = {
        "match": {
            "op": "in",
            "left": {"ct": {"key": "state"}},
            "right": ["established", "related"],
        }
    }
    itself = {"table": {"family": _FAMILY, "name": table.name}}
    yield {"metainfo": {"json_schema_version": 1}}
    yield {"add": itself}  # so that the next one finds it
    yield {"delete": itself}
    yield {"add": {"table": {"family": _FAMILY, "name": table.name, "comment": mark}}}
    chains = [("forward", "filter", 0), ("postrouting", "nat", 100)]
    for name, kind, priority in chains if table.outside else chains[:1]:
        yield {
            "add": {
                "chain": {
                    **where,
                    "name": name,
                    "type": kind,
                    "hook": name,
                    "prio": priority,
                    "policy": "accept",
                }
            }
        }
    if table.isolated:
        apart = (_is_one_of("iifname", table.isolated), _is_one_of("oifname", table.isolated))
        yield rule("forward", *apart, {"drop": None})
    yield rule("forward", known, {"accept": None})
    if table.outside:
        yield rule("forward", _is_one_of("iifname", table.outside), {"drop": None})
        yield rule("postrouting", _is_one_of("oifname", table.outside), {"masquerade": None})


def _is_one_of(key: str, interfaces: Sequence[str]) -> dict[str, Any]:
    right: Any = interfaces[0] if len(interfaces) == 1 else {"set": list(interfaces)}
    return {"match": {"op": "==", "left": {"meta": {"key": key}}, "right": right}}


def _names(expression: list[dict[str, Any]], key: str) -> list[str]:
    for part in expression:
        match = part.get("match")
        if match and match["left"] == {"meta": {"key": key}}:
            right = match["right"]
            return list(right["set"]) if isinstance(right, dict) else [right]
    return []
