"""A card: lent to a bridge and put back, with the addresses and routes that go along."""

from __future__ import annotations

from collections.abc import Iterator

from designer.machine.held import (
    MAIN,
    MANAGE_TEMPORARY,
    NO_PREFIX_ROUTE,
    Held,
    HeldAddress,
    HeldRoute,
)
from designer.machine.resources import Physical
from designer.planner.commands import link
from designer.planner.commands.typed import Command, ip
from designer.planner.operations import Operation

_PROTOCOLS = {2: "kernel", 3: "boot", 4: "static", 9: "ra", 16: "dhcp"}
"""iproute2's etc/rt_protos, the usual ones."""
_SETTINGS = {2: "mtu", 3: "window", 8: "advmss", 10: "hoplimit", 11: "initcwnd", 14: "initrwnd"}
"""RTAX_* by their words in ip-route(8), those in whole numbers."""
_PREFERENCES = {1: "high", 3: "low"}
"""RFC 4191, section 2.1."""
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host"}


def change(operation: Operation) -> list[Command]:
    card, before = operation.after, operation.before
    assert isinstance(card, Physical)
    held = before.held if isinstance(before, Physical) else None
    return [
        *_gain(held, card.master or card.name),
        *link.changes(card, operation.fields, before),
        *_follow(held, card.master or card.name),
    ]


def delete(operation: Operation) -> list[Command]:
    card = operation.before
    assert isinstance(card, Physical)
    return [
        *_gain(card.held, card.name),
        ip(card.netns, "link", "set", card.name, *link.master(None)),
        *_follow(card.held, card.name),
    ]


def _gain(held: Held | None, target: str) -> Iterator[Command]:
    """First the new place has the addresses too, so that nothing is without in between."""
    for one in held.addresses if held else ():
        yield ip("", "address", "add", *_address(one, target))


def _follow(held: Held | None, target: str) -> Iterator[Command]:
    """Then each route is made there before the old one goes, and last the old addresses go."""
    if held is None:
        return
    for neighbour in held.neighbours:
        words = (neighbour.address, "lladdr", neighbour.mac, "dev", target, "nud", "permanent")
        yield ip("", "neighbour", "replace", *words)
        if neighbour.on:
            yield ip("", "neighbour", "delete", neighbour.address, "dev", neighbour.on)
    for route in held.routes:
        family = ("-6",) if ":" in route.to else ()
        yield ip("", *family, "route", "append", *_route(route, target))
        if route.on:
            yield ip("", *family, "route", "delete", *_route(route, route.on))
    for one in reversed(held.addresses):
        if one.on:
            yield ip("", "address", "delete", *_which(one), "dev", one.on)
            if one.left_behind:
                yield ip("", "-6", "route", "delete", *_route(one.left_behind, one.on))


def _which(one: HeldAddress) -> Command:
    if one.peer:
        return (one.address.partition("/")[0], "peer", one.peer)
    return (one.address,)


def _address(one: HeldAddress, target: str) -> Command:
    words = _which(one)
    if one.broadcast:
        words += ("broadcast", one.broadcast)
    if one.label:
        words += ("label", f"{target}{one.label}" if one.label[0] == ":" else one.label)
    if one.scope:
        words += ("scope", _SCOPES.get(one.scope, str(one.scope)))
    if one.metric:
        words += ("metric", str(one.metric))
    words += ("dev", target)
    if one.valid is not None:
        preferred = "forever" if one.preferred is None else str(one.preferred)
        words += ("valid_lft", str(one.valid), "preferred_lft", preferred)
    if ":" in one.address:
        words += ("nodad",)
    if one.flags & NO_PREFIX_ROUTE:
        words += ("noprefixroute",)
    if one.flags & MANAGE_TEMPORARY:
        words += ("mngtmpaddr",)
    return words


def _route(one: HeldRoute, device: str) -> Command:
    words: Command = ("default" if one.to in ("0.0.0.0/0", "::/0") else one.to,)
    if one.only_from:
        words += ("from", one.only_from)
    if one.tos:
        words += ("tos", str(one.tos))
    if one.via:
        other = ":" in one.via and ":" not in one.to
        words += ("via", "inet6", one.via) if other else ("via", one.via)
    words += ("dev", device)
    if one.table != MAIN:
        words += ("table", str(one.table))
    if one.protocol:
        words += ("proto", _PROTOCOLS.get(one.protocol, str(one.protocol)))
    if one.scope and ":" not in one.to:
        words += ("scope", _SCOPES.get(one.scope, str(one.scope)))
    if one.source:
        words += ("src", one.source)
    if one.metric:
        words += ("metric", str(one.metric))
    for kind, value in one.settings:
        if kind in _SETTINGS:
            words += (_SETTINGS[kind], str(value))
    if one.preference:
        words += ("pref", _PREFERENCES.get(one.preference, "medium"))
    if one.expires is not None:
        words += ("expires", str(one.expires))
    return (*words, "onlink") if one.onlink else words
