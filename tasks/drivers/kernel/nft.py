"""A lab's packet filter by the program `nft`, in JSON (nft(8), libnftables-json(5)).

A table is put in place by one transaction, so that there is no moment with half of it. Its mark is
the comment of each rule: nft 1.0 keeps no comment of a table given in JSON.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from designer.machine.resources import NatTable
from tasks.drivers.kernel import nft_rules
from tasks.drivers.kernel.filters import FilterFailed
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkError, NetlinkSocket

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
    _run("-f", "-", commands=list(nft_rules.commands(table, mark)))


def remove(name: str) -> None:
    """Remove a table that is there."""
    _run("-f", "-", commands=[{"delete": {"table": {"family": nft_rules.FAMILY, "name": name}}}])


def read(netns: str, name: str) -> NatTable:
    """The table as the kernel has it."""
    listing = _run("list", "table", nft_rules.FAMILY, name)
    return nft_rules.table_of(listing["nftables"], netns, name)


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
