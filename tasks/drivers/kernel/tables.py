"""Masquerade and its guard, as one nftables table of ours in a namespace (nft(8)).

The program `nft` writes and reads it, in JSON (libnftables-json(5)). A table is put in place by one
transaction, so that there is no moment with half of it. Its mark is the comment of each rule:
nft 1.0 keeps no comment of a table given in JSON.
"""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

from designer.machine.marks import parse, table_name
from designer.machine.resources import NatTable
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.kernel import links
from tasks.drivers.kernel.session import Session
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkError, NetlinkSocket
from tasks.drivers.netlink.threads import NamespaceThread

_FAMILY = "inet"
_SECONDS = 30
PREFIX = table_name("")


class NftFailed(Exception):
    """`nft` did not do it; the text is its own words."""


def run_nft(thread: NamespaceThread, netns: str, *arguments: str, commands: object = None) -> Any:
    """Run the program in a namespace. Raises NftFailed."""
    thread.go(netns)
    return run_nft_here(*arguments, commands=commands)


def run_nft_here(*arguments: str, commands: object = None) -> Any:
    """Run the program where this thread stands. Raises NftFailed."""
    program = shutil.which("nft") or shutil.which("nft", path="/usr/sbin:/sbin")
    if program is None:
        raise NftFailed("nft is not installed (apt-get install nftables)")
    done = subprocess.run(
        [program, "-j", *arguments],
        input=None if commands is None else json.dumps({"nftables": commands}),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise NftFailed(lines[0] if lines else f"nft ended with {done.returncode}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def table_names(socket: NetlinkSocket) -> list[str]:
    """The tables of family inet in the namespace of a netfilter socket. To ask this first is a
    hundred times cheaper than the program."""
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


def commands(table: NatTable, mark: str) -> Iterator[dict[str, Any]]:
    """The transaction that puts a table in place."""
    where = {"family": _FAMILY, "table": table.name}

    def rule(chain: str, *expression: dict[str, Any]) -> dict[str, Any]:
        return {
            "add": {"rule": {**where, "chain": chain, "comment": mark, "expr": list(expression)}}
        }

    def is_one_of(key: str) -> dict[str, Any]:
        names = list(table.outside)
        right: Any = names[0] if len(names) == 1 else {"set": names}
        return {"match": {"op": "==", "left": {"meta": {"key": key}}, "right": right}}

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
    for name, kind, priority in (("forward", "filter", 0), ("postrouting", "nat", 100)):
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
    yield rule("forward", known, {"accept": None})
    if table.outside:
        yield rule("forward", is_one_of("iifname"), {"drop": None})
        yield rule("postrouting", is_one_of("oifname"), {"masquerade": None})


def create(session: Session, operations: Sequence[Operation]) -> None:
    """Put tables in place, or replace them; connections that are known go on."""
    for operation in operations:
        table = operation.after
        if not isinstance(table, NatTable):
            continue
        standing = _standing(session, table.netns, table.name, operation)
        if standing is not None and standing.owner != session.mark.lab:
            raise _foreign(operation)
        _run(session, table.netns, operation, list(commands(table, session.alias)))


change = create


def delete(session: Session, operations: Sequence[Operation]) -> None:
    """Remove tables; with the namespace gone they are gone."""
    for operation in operations:
        _, netns, name = operation.key
        try:
            standing = _standing(session, netns, name, operation)
        except FileNotFoundError:
            continue
        if standing is None:
            continue
        if standing.owner != session.mark.lab:
            raise _foreign(operation)
        _run(
            session,
            netns,
            operation,
            [{"delete": {"table": {"family": _FAMILY, "name": name}}}],
        )


def _foreign(operation: Operation) -> OperationFailed:
    _, netns, name = operation.key
    words = f"the table {name}{links.inside(netns)} does not carry this lab's mark"
    return OperationFailed(operation, errno.EEXIST, words)


def _standing(session: Session, netns: str, name: str, operation: Operation) -> NatTable | None:
    session.thread.go(netns)
    with NetlinkSocket(c.NETLINK_NETFILTER) as socket:
        if name not in table_names(socket):
            return None
    try:
        return read(session.thread, netns, name)
    except NftFailed as error:
        raise OperationFailed(operation, None, str(error)) from error


def _run(session: Session, netns: str, operation: Operation, commands: list[Any]) -> None:
    try:
        run_nft(session.thread, netns, "-f", "-", commands=commands)
    except NftFailed as error:
        raise OperationFailed(
            operation, None, str(error), "Look whether this hypervisor has nftables with NAT."
        ) from error


def read(thread: NamespaceThread, netns: str, name: str) -> NatTable:
    """The table as the kernel has it. Raises NftFailed."""
    listing = run_nft(thread, netns, "list", "table", _FAMILY, name)
    outside: list[str] = []
    owner = None
    guarded: list[str] = []
    for item in listing["nftables"]:
        rule = item.get("rule")
        if rule is None:
            continue
        mark = parse(rule.get("comment"))
        if mark is not None and table_name(mark.lab) == name:
            owner = mark.lab
        verdicts = {key for part in rule["expr"] for key in part}
        if rule["chain"] == "postrouting" and "masquerade" in verdicts:
            outside += _names(rule["expr"], "oifname")
        elif rule["chain"] == "forward" and "drop" in verdicts:
            guarded += _names(rule["expr"], "iifname")
    # Unguarded, it does not do what it should: that is to be seen as a difference.
    both = tuple(name for name in outside if name in guarded)
    return NatTable(netns=netns, name=name, outside=both, owner=owner)


def _names(expression: list[dict[str, Any]], key: str) -> list[str]:
    for part in expression:
        match = part.get("match")
        if match and match["left"] == {"meta": {"key": key}}:
            right = match["right"]
            return list(right["set"]) if isinstance(right, dict) else [right]
    return []
