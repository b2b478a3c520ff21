"""What of the hypervisor's own packet filter drops whatever is forwarded and no rule accepts.

Only that is looked for: a chain at the forward hook with the policy to drop, or whose last rule
drops or rejects all that comes so far. What its other rules accept is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from designer.machine.marks import table_name
from tasks.drivers.kernel import xtables
from tasks.drivers.kernel.filters import FilterFailed
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode, wire
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkError, NetlinkSocket

_FAMILIES = {
    c.NFPROTO_INET: "inet",
    c.NFPROTO_IPV4: "ip",
    c.NFPROTO_IPV6: "ip6",
    c.NFPROTO_BRIDGE: "bridge",
}
_ASKS_NOTHING = frozenset({"counter", "log", "immediate", "match comment"})
_DROPS = frozenset({"reject", "target REJECT", "target DROP"})
"""Expressions by the kernel's names; those of iptables with their own, too."""
_CALLS = ("iptables", "ip6tables")


class _Chain(NamedTuple):
    family: int
    table: str
    name: str
    drops: bool


def chains() -> list[str]:
    """In words, of the namespace where this thread stands: "ip filter FORWARD", the family of
    nftables first (nft(8)), or "iptables-legacy FORWARD"."""
    return [*_of_nftables(), *_of_legacy()]


def bridges_call() -> bool:
    """Whether a bridge there asks the packet filter about what crosses it (br_netfilter,
    Documentation/networking/ip-sysctl.rst)."""
    files = (Path(f"/proc/sys/net/bridge/bridge-nf-call-{one}") for one in _CALLS)
    return any(one.exists() and one.read_text().strip() == "1" for one in files)


def _of_nftables() -> Iterator[str]:
    with NetlinkSocket(c.NETLINK_NETFILTER) as socket:
        try:
            found = socket.dump(_type(c.NFT_MSG_GETCHAIN), bytes(4), _chain)
        except NetlinkError:
            return  # a kernel without nftables has no chain
        for one in found:
            if one is None or one.table.startswith(table_name("")):
                continue
            if one.drops or _ends_so(socket, one):
                yield f"{_FAMILIES[one.family]} {one.table} {one.name}"


def _type(message: int) -> int:
    return c.NFNL_SUBSYS_NFTABLES << 8 | message


def _chain(page: Page, start: int, end: int) -> _Chain | None:
    """One at the forward hook, or None."""
    told = decode.attributes(page, start + 20, end)
    family, hook = page.raw[start + 16], told.get(c.NFTA_CHAIN_HOOK)
    if hook is None or family not in _FAMILIES:
        return None
    where = decode.attributes(page, *hook).get(c.NFTA_HOOK_HOOKNUM)
    if where is None or _number(page, where[0]) != c.NF_INET_FORWARD:
        return None
    policy = told.get(c.NFTA_CHAIN_POLICY)
    return _Chain(
        family,
        _text(page, *told[c.NFTA_CHAIN_TABLE]),
        _text(page, *told[c.NFTA_CHAIN_NAME]),
        policy is not None and _number(page, policy[0]) == c.NF_DROP,
    )


def _ends_so(socket: NetlinkSocket, chain: _Chain) -> bool:
    """Whether what comes to the end of the chain is dropped by its last rule."""
    body = bytes((chain.family, 0, 0, 0))
    body += wire.text(c.NFTA_RULE_TABLE, chain.table) + wire.text(c.NFTA_RULE_CHAIN, chain.name)
    try:
        rules = socket.dump(_type(c.NFT_MSG_GETRULE), body, _drops_all)
    except NetlinkError:
        return False  # gone meanwhile
    return bool(rules) and rules[-1]


def _drops_all(page: Page, start: int, end: int) -> bool:
    """Whether a rule drops or rejects every packet."""
    told = decode.attributes(page, start + 20, end)
    expressions = told.get(c.NFTA_RULE_EXPRESSIONS)
    if expressions is None:
        return False
    drops = False
    for at, to in _each(page, *expressions):
        one = decode.attributes(page, at, to)
        name = _text(page, *one[c.NFTA_EXPR_NAME])
        data = decode.attributes(page, *one[c.NFTA_EXPR_DATA]) if c.NFTA_EXPR_DATA in one else {}
        if name in ("match", "target"):
            name += f" {_text(page, *data[c.NFTA_XT_NAME])}"
        if name == "immediate" and (span := data.get(c.NFTA_IMMEDIATE_DATA)):
            drops = drops or _verdict(page, *span) == c.NF_DROP
        elif name in _DROPS:
            drops = True
        elif name not in _ASKS_NOTHING:
            return False
    return drops


def _verdict(page: Page, at: int, end: int) -> int | None:
    verdict = decode.attributes(page, at, end).get(c.NFTA_DATA_VERDICT)
    code = decode.attributes(page, *verdict).get(c.NFTA_VERDICT_CODE) if verdict else None
    return _number(page, code[0]) if code else None


def _each(page: Page, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Where each attribute of a list begins and ends; all are of one kind."""
    while at + 4 <= end and (size := page.halves[at >> 1]) >= 4:
        yield at + 4, at + size
        at += (size + 3) & ~3


def _number(page: Page, at: int) -> int:
    """In nftables' messages numbers are in network order."""
    return int.from_bytes(page.raw[at : at + 4], "big")


def _text(page: Page, at: int, end: int) -> str:
    return bytes(page.raw[at:end]).partition(b"\0")[0].decode(errors="replace")


def _of_legacy() -> Iterator[str]:
    try:
        for program, policy, last in xtables.forward_chains():
            if policy == "DROP" or last[:2] in (("-j", "DROP"), ("-j", "REJECT")):
                yield f"{program}-legacy FORWARD"
    except FilterFailed:
        return  # its programs are not installed
