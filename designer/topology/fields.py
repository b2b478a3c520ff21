"""The types of field a record can have: how each is read, checked, described and left out.

A record is a frozen dataclass whose fields are made with the functions below. The description
drives the parser, the JSON schema, the browser's inspector and the generated TypeScript types,
so that a property is written down once.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from designer.topology import ssh_keys as keys_of_ssh
from designer.topology import vlans
from designer.topology.problems import InvalidValue, shown

Json = Any

INTERFACE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$")
"""Linux: at most 15 bytes, no slash, no space (``dev_valid_name`` in net/core/dev.c). We are
stricter: no leading dash or dot, plain ASCII, so that look-alikes cannot stand side by side."""

RESERVED_INTERFACE_NAMES = frozenset({"lo", "all", "default", "docker0", "virbr0"})
FILE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
MAC = re.compile(r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")


@dataclass(frozen=True, slots=True)
class Spec:
    """One field's description. ``schema`` is JSON Schema (draft 2020-12) of the value."""

    title: str
    help: str
    schema: Mapping[str, Json]
    read: Callable[[Json], Json]
    unit: str = ""
    advanced: bool = False
    widget: str = ""
    section: str = ""
    """The heading that it stands under in a form; "" for what comes first."""


def spec_of(field: dataclasses.Field[Any]) -> Spec:
    spec = field.metadata["spec"]
    assert isinstance(spec, Spec)
    return spec


def default_of(field: dataclasses.Field[Any]) -> Json:
    return None if field.default is dataclasses.MISSING else field.default


def _field(spec: Spec, default: Json = dataclasses.MISSING) -> Any:
    return dataclasses.field(default=default, metadata={"spec": spec})


def read_text(value: Json, longest: int, *, lines: bool = False) -> str:
    """Text for people, in Unicode's normal form C. ``lines``: it may have several."""
    allowed = f"text of at most {longest} characters without control characters" + (
        "" if lines else ", on one line"
    )
    if not isinstance(value, str):
        raise InvalidValue("type", f"{shown(value)} is not text.", allowed)
    text: str = value
    if len(text) <= longest:  # composing can make it longer, never much
        text = unicodedata.normalize("NFC", text)
    if len(text) > longest:
        raise InvalidValue("too-long", f"The text has {len(text)} characters.", allowed)
    if text.isascii() and text.isprintable():
        return text
    for character in text:
        if unicodedata.category(character) in _NO_TEXT and not (lines and character == "\n"):
            raise InvalidValue(
                "character", f"U+{ord(character):04X} may not stand in a text.", allowed
            )
    return text


_NO_TEXT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (right-to-left and zero-width among them), lone surrogates, private use,
unassigned, line and paragraph separators."""


def text(
    title: str,
    help: str,
    *,
    longest: int = 200,
    default: str = "",
    lines: bool = False,
    **more: Any,
) -> Any:
    """Free text for people; shown as text, never as markup."""
    schema = {"type": "string", "maxLength": longest}

    def read(value: Json) -> str:
        return read_text(value, longest, lines=lines)

    return _field(Spec(title, help, schema, read, **more), default)


def matching(
    title: str, help: str, pattern: re.Pattern[str], allowed: str, *, default: Any = "", **more: Any
) -> Any:
    """Text of one form; empty means unset where the default is empty."""

    def read(value: Json) -> str:
        if value == "" and default == "":
            return ""
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise InvalidValue("form", f"{shown(value)} does not fit here.", allowed)
        return value

    form = pattern.pattern if default != "" else f"^$|{pattern.pattern}"
    return _field(Spec(title, help, {"type": "string", "pattern": form}, read, **more), default)


def interface_name(title: str, help: str, **more: Any) -> Any:
    """A kernel interface name chosen by the user; empty means that one is generated."""
    allowed = "at most 15 of A-Z a-z 0-9 . _ -, not starting with . _ or -, not lo or docker0"

    def read(value: Json) -> str:
        if value == "":
            return ""
        if not isinstance(value, str) or not INTERFACE_NAME.fullmatch(value):
            raise InvalidValue("interface-name", f"{shown(value)} is no interface name.", allowed)
        if value in RESERVED_INTERFACE_NAMES:
            raise InvalidValue("reserved-name", f"{shown(value)} is reserved.", allowed)
        return value

    schema = {"type": "string", "pattern": f"^$|{INTERFACE_NAME.pattern}"}
    return _field(Spec(title, help, schema, read, **more), "")


def file_name(title: str, help: str, **more: Any) -> Any:
    """The name of an image, of the team's library or of the hypervisor's image folder: never a
    path, never a URL."""
    allowed = "a file name of A-Z a-z 0-9 . _ - without any folder"
    return matching(title, help, FILE_NAME, allowed, widget="image", **more)


def integer(
    title: str, help: str, least: int, most: int, *, default: int | None = None, **more: Any
) -> Any:
    """A whole number; with no default it is optional and ``None`` means the kernel's choice."""
    allowed = f"a whole number from {least} to {most}" + (
        "" if default is not None else ", or null"
    )

    def read(value: Json) -> int | None:
        if value is None and default is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidValue("type", f"{shown(value)} is not a whole number.", allowed)
        if not least <= value <= most:
            raise InvalidValue("range", f"{shown(value)} is out of range.", allowed)
        return value

    number: dict[str, Json] = {"type": "integer", "minimum": least, "maximum": most}
    schema = number if default is not None else {"anyOf": [number, {"type": "null"}]}
    return _field(Spec(title, help, schema, read, **more), default)


def boolean(title: str, help: str, *, default: bool = False, **more: Any) -> Any:
    def read(value: Json) -> bool:
        if not isinstance(value, bool):
            raise InvalidValue("type", f"{shown(value)} is not true or false.", "true or false")
        return value

    return _field(Spec(title, help, {"type": "boolean"}, read, **more), default)


def choice(title: str, help: str, options: tuple[str, ...], *, default: str, **more: Any) -> Any:
    allowed = "one of " + ", ".join(options)

    def read(value: Json) -> str:
        if value not in options:
            raise InvalidValue("choice", f"{shown(value)} is none of the choices.", allowed)
        return str(value)

    return _field(Spec(title, help, {"enum": list(options)}, read, **more), default)


def mac(title: str, help: str, **more: Any) -> Any:
    """An EUI-48 unicast address in lower case with colons, or null (IEEE 802, clause 8)."""
    allowed = "a unicast MAC address such as 52:54:00:12:34:56, or null"

    def read(value: Json) -> str | None:
        if value is None:
            return None
        lower = value.lower() if isinstance(value, str) else ""
        if not MAC.fullmatch(lower):
            raise InvalidValue("mac", f"{shown(value)} is no MAC address.", allowed)
        if int(lower[:2], 16) & 1:
            raise InvalidValue("mac-multicast", f"{lower} is a multicast address.", allowed)
        if lower == "00:00:00:00:00:00":
            raise InvalidValue("mac-zero", "All zeros is no address.", allowed)
        return lower

    schema = {"anyOf": [{"type": "string", "pattern": MAC.pattern}, {"type": "null"}]}
    return _field(Spec(title, help, schema, read, **more), None)


MOST_ADDRESSES = 64
MOST_ROUTES = 256
MOST_FORWARDS = 256
PROTOCOLS = ("tcp", "udp")
_PREFIXED = re.compile(r"^[0-9A-Fa-f.:]+/[0-9]{1,3}$")


def _unicast(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """What a machine can have or be reached by: not 0.0.0.0/8 (RFC 791), not loopback, not
    multicast, not the limited broadcast; nor the like of IPv6 (RFC 4291, section 2.4)."""
    number = int(ip)
    if ip.version == 4:
        first = number >> 24
        return first not in (0, 127) and not 224 <= first < 240 and number != 0xFFFFFFFF
    return number > 1 and number >> 120 != 0xFF


def _address(value: Json, allowed: str) -> str:
    """An interface address with its prefix, canonical; refuses what no interface may carry."""
    try:
        if not isinstance(value, str) or not _PREFIXED.fullmatch(value):
            raise ValueError
        text, _, length = value.partition("/")
        ip = ipaddress.ip_address(text)
        host_bits = ip.max_prefixlen - int(length)
        if host_bits < 0:
            raise ValueError
    except ValueError:
        message = f"{shown(value)} is no address with a prefix."
        raise InvalidValue("address", message, allowed) from None
    if not _unicast(ip) or host_bits == ip.max_prefixlen:
        raise InvalidValue("address", f"{value} is no unicast address.", allowed)
    if ip.version == 4 and host_bits > 1:
        mask = (1 << host_bits) - 1
        if int(ip) & mask == 0:
            raise InvalidValue("address-network", f"{value} is the network's own address.", allowed)
        if int(ip) & mask == mask:
            raise InvalidValue("address-broadcast", f"{value} is the broadcast address.", allowed)
    return f"{ip}/{int(length)}"


def _list(value: Json, most: int, allowed: str) -> list[Json] | tuple[Json, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidValue("type", f"{shown(value)} is not a list.", allowed)
    if len(value) > most:
        raise InvalidValue("too-long", f"The list has {len(value)} entries.", f"at most {most}")
    return value


def _once(values: tuple[Any, ...], what: str, allowed: str) -> None:
    if len(set(values)) != len(values):
        raise InvalidValue("duplicate", f"{what} stands in the list twice.", allowed)


def addresses(title: str, help: str, **more: Any) -> Any:
    """Interface addresses, IPv4 or IPv6, each with its prefix length."""
    allowed = "a list of addresses such as 10.0.0.1/24 or fd00::1/64"

    def read(value: Json) -> tuple[str, ...]:
        found = tuple(_address(one, allowed) for one in _list(value, MOST_ADDRESSES, allowed))
        _once(found, "An address", allowed)
        return found

    schema = {
        "type": "array",
        "items": {"type": "string"},
        "uniqueItems": True,
        "maxItems": MOST_ADDRESSES,
    }
    return _field(Spec(title, help, schema, read, widget="addresses", **more), ())


def _hop(value: Json) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address that packets can be sent to. Raises ValueError."""
    if not isinstance(value, str) or "%" in value:
        raise ValueError
    parsed = ipaddress.ip_address(value)
    if not _unicast(parsed):
        raise ValueError
    return parsed


def ip(title: str, help: str, **more: Any) -> Any:
    """One unicast address without a prefix, or empty."""
    allowed = "an address such as 10.0.0.1 or fd00::1, or nothing"

    def read(value: Json) -> str:
        if value == "":
            return ""
        try:
            return str(_hop(value))
        except ValueError:
            message = f"{shown(value)} is no address of a machine."
            raise InvalidValue("ip", message, allowed) from None

    return _field(Spec(title, help, {"type": "string"}, read, **more), "")


def ips(title: str, help: str, **more: Any) -> Any:
    """Unicast addresses without prefixes, each once."""
    allowed = "a list of addresses such as 10.0.0.1 or fd00::1"

    def read(value: Json) -> tuple[str, ...]:
        try:
            found = tuple(str(_hop(one)) for one in _list(value, MOST_ADDRESSES, allowed))
        except ValueError as error:
            if isinstance(error, InvalidValue):
                raise
            message = f"{shown(value)} is no list of addresses of machines."
            raise InvalidValue("ip", message, allowed) from None
        _once(found, "An address", allowed)
        return found

    items = {"type": "string"}
    schema = {"type": "array", "items": items, "uniqueItems": True, "maxItems": MOST_ADDRESSES}
    return _field(Spec(title, help, schema, read, widget="ips", **more), ())


MOST_SSH_KEYS = 32


def ssh_keys(title: str, help: str, **more: Any) -> Any:
    """SSH public keys, each once (see :mod:`designer.topology.ssh_keys`)."""
    allowed = "public keys as in id_ed25519.pub, without options: ssh-ed25519 AAAA… comment"

    def one(value: Json) -> str:
        if not isinstance(value, str):
            raise InvalidValue("type", f"{shown(value)} is not text.", allowed)
        try:
            return keys_of_ssh.read(value)
        except ValueError as error:
            raise InvalidValue("ssh-key", str(error), allowed) from None

    def read(value: Json) -> tuple[str, ...]:
        found = tuple(one(item) for item in _list(value, MOST_SSH_KEYS, allowed))
        _once(tuple(key.split(" ")[1] for key in found), "A key", allowed)
        return found

    items = {"type": "string", "pattern": keys_of_ssh.FORM.pattern}
    schema = {"type": "array", "items": items, "uniqueItems": True, "maxItems": MOST_SSH_KEYS}
    return _field(Spec(title, help, schema, read, widget="ssh-keys", **more), ())


def routes(title: str, help: str, **more: Any) -> Any:
    """Static routes, each ``{"to": prefix or "default", "via": address}``."""
    allowed = 'a list of {"to": "10.1.0.0/24" or "default", "via": "10.0.0.1"}'

    def one(value: Json) -> Mapping[str, str]:
        if not isinstance(value, Mapping) or set(value) != {"to", "via"}:
            raise InvalidValue("route", f"{shown(value)} is no route.", allowed)
        to, via = value["to"], value["via"]
        try:
            hop = _hop(via)
            if to == "default":
                return {"to": "default", "via": str(hop)}
            if not isinstance(to, str) or not _PREFIXED.fullmatch(to):
                raise ValueError
            prefix = ipaddress.ip_network(to)
        except ValueError:
            message = f"{shown(to)} by way of {shown(via)} is no route."
            raise InvalidValue("route", message, allowed) from None
        if prefix.version != hop.version:
            message = f"{prefix} and {hop} are of two families."
            raise InvalidValue("route-family", message, allowed)
        return {"to": str(prefix), "via": str(hop)}

    def read(value: Json) -> tuple[Mapping[str, str], ...]:
        return tuple(one(item) for item in _list(value, MOST_ROUTES, allowed))

    item = {
        "type": "object",
        "properties": {"to": {"type": "string"}, "via": {"type": "string"}},
        "required": ["to", "via"],
        "additionalProperties": False,
    }
    schema = {"type": "array", "items": item, "maxItems": MOST_ROUTES}
    return _field(Spec(title, help, schema, read, widget="routes", **more), ())


def forwards(title: str, help: str, **more: Any) -> Any:
    """Port forwards, each ``{"protocol": tcp or udp, "port": where it comes in, "to": the id of
    the interface that it goes to, "to_port": there}``; each protocol and port once. That the
    interface is there, and can be reached, is for the rules to say."""
    names = ("protocol", "port", "to", "to_port")
    allowed = (
        'a list of {"protocol": "tcp" or "udp", "port": 8080, "to": "web:eth0", "to_port": 80}'
    )

    def one(value: Json) -> Mapping[str, Json]:
        if not isinstance(value, Mapping) or set(value) != set(names):
            raise InvalidValue("forward", f"{shown(value)} is no port forward.", allowed)
        if value["protocol"] not in PROTOCOLS:
            message = f"{shown(value['protocol'])} has no ports that can be forwarded."
            raise InvalidValue("forward-protocol", message, "one of " + ", ".join(PROTOCOLS))
        for name in ("port", "to_port"):
            port = value[name]
            if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
                message = f"{shown(port)} is no port."
                raise InvalidValue("forward-port", message, "a whole number from 1 to 65535")
        to = value["to"]
        if not isinstance(to, str) or not to or len(to) > 80:
            raise InvalidValue("reference", f"{shown(to)} is no id.", "the id of an interface")
        return {name: value[name] for name in names}

    def read(value: Json) -> tuple[Mapping[str, Json], ...]:
        found = tuple(one(item) for item in _list(value, MOST_FORWARDS, allowed))
        _once(tuple((one["protocol"], one["port"]) for one in found), "A port", allowed)
        return found

    port = {"type": "integer", "minimum": 1, "maximum": 65535}
    item = {
        "type": "object",
        "properties": {
            "protocol": {"enum": list(PROTOCOLS)},
            "port": port,
            "to": {"type": "string", "minLength": 1, "x-refers-to": "interface"},
            "to_port": port,
        },
        "required": list(names),
        "additionalProperties": False,
    }
    schema = {"type": "array", "items": item, "maxItems": MOST_FORWARDS}
    return _field(Spec(title, help, schema, read, widget="forwards", **more), ())


def vlan_list(title: str, help: str, **more: Any) -> Any:
    """VLAN ids and ranges of them, each id once; kept in one form (see
    :func:`designer.topology.vlans.written`)."""

    def read(value: Json) -> vlans.VlanList:
        return vlans.read(_list(value, vlans.MOST, vlans.ALLOWED))

    number = {"type": "integer", "minimum": vlans.LEAST, "maximum": vlans.MOST}
    words = {"type": "string", "pattern": vlans.RANGE.pattern}
    schema = {
        "type": "array",
        "items": {"anyOf": [number, words]},
        "uniqueItems": True,
        "maxItems": vlans.MOST,
    }
    return _field(Spec(title, help, schema, read, widget="vlans", **more), ())


def vlan(title: str, help: str, **more: Any) -> Any:
    """One VLAN id, or null."""
    return integer(title, help, vlans.LEAST, vlans.MOST, **more)


def reference(title: str, help: str, to: str, **more: Any) -> Any:
    """The id of another record; that it exists is checked when the whole document is known."""
    allowed = f"the id of a {to}"

    def read(value: Json) -> str:
        if not isinstance(value, str) or not value or len(value) > 80:
            raise InvalidValue("reference", f"{shown(value)} is no id.", allowed)
        return value

    schema = {"type": "string", "minLength": 1, "x-refers-to": to}
    return _field(Spec(title, help, schema, read, widget="reference", **more))


def keys(title: str, help: str, **more: Any) -> Any:
    """Keys of the node's own interfaces, each once."""
    allowed = "a list of the node's interfaces, such as eth1, each once"

    def read(value: Json) -> tuple[str, ...]:
        found = tuple(_list(value, MOST_ADDRESSES, allowed))
        for one in found:
            if not isinstance(one, str) or not INTERFACE_NAME.fullmatch(one):
                raise InvalidValue("interface-name", f"{shown(one)} is no interface.", allowed)
        _once(found, "An interface", allowed)
        return found

    items = {"type": "string", "pattern": INTERFACE_NAME.pattern}
    schema = {"type": "array", "items": items, "uniqueItems": True, "maxItems": MOST_ADDRESSES}
    return _field(Spec(title, help, schema, read, widget="interfaces", **more), ())
