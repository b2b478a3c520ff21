"""What names a card and stays with that name when the card becomes a bridge's port: policy rules
(ip-rule(8)) and rules of the packet filter.

Its traffic comes in by the bridge then, so that they no longer fit. They are somebody's own and are
told of, never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from designer.machine.marks import table_name
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import decode
from tasks.drivers.netlink.decode import LinkSeen
from tasks.drivers.netlink.layout import Span
from tasks.drivers.netlink.page import Page
from tasks.drivers.netlink.sockets import NetlinkError, NetlinkSocket


def naming(socket: NetlinkSocket, seen: LinkSeen) -> tuple[str, ...]:
    """In words, each once: "policy rule 100 (iif eth0)"."""
    found = [*_policies(socket, seen.name), *_filters(seen.name)]
    return tuple(dict.fromkeys(found))


def _policies(socket: NetlinkSocket, name: str) -> Iterator[str]:
    def read(page: Page, start: int, end: int) -> str:
        told = decode.attributes(page, start + 28, end)
        words = [
            f"{word} {name}"
            for word, kind in (("iif", c.FRA_IIFNAME), ("oif", c.FRA_OIFNAME))
            if (span := told.get(kind)) and _text(page, span) == name
        ]
        span = told.get(c.FRA_PRIORITY)
        number = page.wholes[span[0] >> 2] if span else 0
        return f"policy rule {number} ({', '.join(words)})" if words else ""

    yield from filter(None, _dump(socket, c.RTM_GETRULE, bytes(12), read))


def _filters(name: str) -> Iterator[str]:
    """The chains of nftables, iptables' own among them, with a rule that compares with this very
    name; labs' tables have their own names in them."""
    wanted = name.encode() + b"\0"

    def read(page: Page, start: int, end: int) -> str:
        at = page.raw.find(wanted, start, end)
        while at != -1 and at % 4:  # a value stands by itself; the middle of a text is none
            at = page.raw.find(wanted, at + 1, end)
        if at == -1:
            return ""
        told = decode.attributes(page, start + 20, end)
        table, chain = (_text(page, told[kind]) for kind in (c.NFTA_RULE_TABLE, c.NFTA_RULE_CHAIN))
        return "" if table.startswith(table_name("")) else f"the packet filter's {table}/{chain}"

    with NetlinkSocket(c.NETLINK_NETFILTER) as socket:
        type = c.NFNL_SUBSYS_NFTABLES << 8 | c.NFT_MSG_GETRULE
        yield from filter(None, _dump(socket, type, bytes(4), read))


def _dump(
    socket: NetlinkSocket, type: int, body: bytes, read: Callable[[Page, int, int], str]
) -> list[str]:
    """Nothing where the kernel has no such thing at all."""
    try:
        return socket.dump(type, body, read)
    except NetlinkError:
        return []


def _text(page: Page, span: Span) -> str:
    return bytes(page.raw[span[0] : span[1]]).partition(b"\0")[0].decode(errors="replace")
