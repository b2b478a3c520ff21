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

from designer.topology.problems import InvalidValue

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


def spec_of(field: dataclasses.Field[Any]) -> Spec:
    spec = field.metadata["spec"]
    assert isinstance(spec, Spec)
    return spec


def default_of(field: dataclasses.Field[Any]) -> Json:
    return None if field.default is dataclasses.MISSING else field.default


def _field(spec: Spec, default: Json = dataclasses.MISSING) -> Any:
    return dataclasses.field(default=default, metadata={"spec": spec})


def read_text(value: Json, longest: int) -> str:
    allowed = f"text of at most {longest} characters without control characters"
    if not isinstance(value, str):
        raise InvalidValue("type", f"{value!r} is not text.", allowed)
    if len(value) > longest:
        raise InvalidValue("too-long", f"The text has {len(value)} characters.", allowed)
    for character in value:
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} and character != "\n":
            raise InvalidValue(
                "character", f"U+{ord(character):04X} may not stand in a text.", allowed
            )
    return unicodedata.normalize("NFC", value)


def text(title: str, help: str, *, longest: int = 200, default: str = "", **more: Any) -> Any:
    """Free text for people; shown as text, never as markup."""
    schema = {"type": "string", "maxLength": longest}
    return _field(
        Spec(title, help, schema, lambda value: read_text(value, longest), **more), default
    )


def matching(
    title: str, help: str, pattern: re.Pattern[str], allowed: str, *, default: Any = "", **more: Any
) -> Any:
    """Text of one form; empty means unset where the default is empty."""

    def read(value: Json) -> str:
        if value == "" and default == "":
            return ""
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise InvalidValue("form", f"{value!r} does not fit here.", allowed)
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
            raise InvalidValue("interface-name", f"{value!r} is no interface name.", allowed)
        if value in RESERVED_INTERFACE_NAMES:
            raise InvalidValue("reserved-name", f"{value!r} is reserved.", allowed)
        return value

    schema = {"type": "string", "pattern": f"^$|{INTERFACE_NAME.pattern}"}
    return _field(Spec(title, help, schema, read, **more), "")


def file_name(title: str, help: str, **more: Any) -> Any:
    """A bare file name in the hypervisor's image folder: never a path, never a URL."""
    allowed = "a file name of A-Z a-z 0-9 . _ - without any folder"
    return matching(title, help, FILE_NAME, allowed, **more)


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
            raise InvalidValue("type", f"{value!r} is not a whole number.", allowed)
        if not least <= value <= most:
            raise InvalidValue("range", f"{value} is out of range.", allowed)
        return value

    number: dict[str, Json] = {"type": "integer", "minimum": least, "maximum": most}
    schema = number if default is not None else {"anyOf": [number, {"type": "null"}]}
    return _field(Spec(title, help, schema, read, **more), default)


def boolean(title: str, help: str, *, default: bool = False, **more: Any) -> Any:
    def read(value: Json) -> bool:
        if not isinstance(value, bool):
            raise InvalidValue("type", f"{value!r} is not true or false.", "true or false")
        return value

    return _field(Spec(title, help, {"type": "boolean"}, read, **more), default)


def choice(title: str, help: str, options: tuple[str, ...], *, default: str, **more: Any) -> Any:
    allowed = "one of " + ", ".join(options)

    def read(value: Json) -> str:
        if value not in options:
            raise InvalidValue("choice", f"{value!r} is none of the choices.", allowed)
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
            raise InvalidValue("mac", f"{value!r} is no MAC address.", allowed)
        if int(lower[:2], 16) & 1:
            raise InvalidValue("mac-multicast", f"{lower} is a multicast address.", allowed)
        if lower == "00:00:00:00:00:00":
            raise InvalidValue("mac-zero", "All zeros is no address.", allowed)
        return lower

    schema = {"anyOf": [{"type": "string", "pattern": MAC.pattern}, {"type": "null"}]}
    return _field(Spec(title, help, schema, read, **more), None)


def _address(value: Json, allowed: str) -> str:
    """An interface address with its prefix, canonical; refuses what no interface may carry."""
    try:
        if not isinstance(value, str) or "/" not in value or "%" in value:
            raise ValueError
        parsed = ipaddress.ip_interface(value)
    except ValueError:
        raise InvalidValue("address", f"{value!r} is no address with a prefix.", allowed) from None
    network = parsed.network
    if parsed.ip.is_multicast or parsed.ip.is_unspecified or parsed.ip.is_loopback:
        raise InvalidValue("address", f"{value} is no unicast address.", allowed)
    if network.version == 4 and network.prefixlen < 31:
        if parsed.ip == network.network_address:
            raise InvalidValue("address-network", f"{value} is the network's own address.", allowed)
        if parsed.ip == network.broadcast_address:
            raise InvalidValue("address-broadcast", f"{value} is the broadcast address.", allowed)
    return str(parsed)


def addresses(title: str, help: str, **more: Any) -> Any:
    """Interface addresses, IPv4 or IPv6, each with its prefix length."""
    allowed = "a list of addresses such as 10.0.0.1/24 or fd00::1/64"

    def read(value: Json) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise InvalidValue("type", f"{value!r} is not a list.", allowed)
        read_ones = tuple(_address(one, allowed) for one in value)
        if len(set(read_ones)) != len(read_ones):
            raise InvalidValue("duplicate", "An address stands in the list twice.", allowed)
        return read_ones

    schema = {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "maxItems": 64}
    return _field(Spec(title, help, schema, read, **more), ())


def ip(title: str, help: str, **more: Any) -> Any:
    """One address without a prefix, or empty."""
    allowed = "an address such as 10.0.0.1 or fd00::1, or nothing"

    def read(value: Json) -> str:
        if value == "":
            return ""
        try:
            if not isinstance(value, str) or "%" in value:
                raise ValueError
            return str(ipaddress.ip_address(value))
        except ValueError:
            raise InvalidValue("ip", f"{value!r} is no address.", allowed) from None

    return _field(Spec(title, help, {"type": "string"}, read, **more), "")


def routes(title: str, help: str, **more: Any) -> Any:
    """Static routes, each ``{"to": prefix or "default", "via": address}``."""
    allowed = 'a list of {"to": "10.1.0.0/24" or "default", "via": "10.0.0.1"}'

    def one(value: Json) -> Mapping[str, str]:
        if not isinstance(value, Mapping) or set(value) != {"to", "via"}:
            raise InvalidValue("route", f"{value!r} is no route.", allowed)
        try:
            via = ipaddress.ip_address(value["via"])
            if value["to"] == "default":
                return {"to": "default", "via": str(via)}
            to = ipaddress.ip_network(value["to"])
        except (ValueError, TypeError):
            raise InvalidValue("route", f"{value!r} is no route.", allowed) from None
        if to.version != via.version:
            raise InvalidValue("route-family", f"{to} and {via} are of two families.", allowed)
        return {"to": str(to), "via": str(via)}

    def read(value: Json) -> tuple[Mapping[str, str], ...]:
        if not isinstance(value, list | tuple):
            raise InvalidValue("type", f"{value!r} is not a list.", allowed)
        return tuple(one(item) for item in value)

    item = {
        "type": "object",
        "properties": {"to": {"type": "string"}, "via": {"type": "string"}},
        "required": ["to", "via"],
        "additionalProperties": False,
    }
    schema = {"type": "array", "items": item, "maxItems": 256}
    return _field(Spec(title, help, schema, read, **more), ())


def vlan_list(title: str, help: str, **more: Any) -> Any:
    """VLAN ids 1..4094 (IEEE 802.1Q-2022, 9.6), each once."""
    allowed = "a list of whole numbers from 1 to 4094, each once"

    def read(value: Json) -> tuple[int, ...]:
        if not isinstance(value, list | tuple):
            raise InvalidValue("type", f"{value!r} is not a list.", allowed)
        for one in value:
            if isinstance(one, bool) or not isinstance(one, int) or not 1 <= one <= 4094:
                raise InvalidValue("vlan", f"{one!r} is no VLAN id.", allowed)
        if len(set(value)) != len(value):
            raise InvalidValue("duplicate", "A VLAN stands in the list twice.", allowed)
        return tuple(value)

    number = {"type": "integer", "minimum": 1, "maximum": 4094}
    schema = {"type": "array", "items": number, "uniqueItems": True}
    return _field(Spec(title, help, schema, read, **more), ())


def reference(title: str, help: str, to: str, **more: Any) -> Any:
    """The id of another record; that it exists is checked when the whole document is known."""
    allowed = f"the id of a {to}"

    def read(value: Json) -> str:
        if not isinstance(value, str) or not value or len(value) > 80:
            raise InvalidValue("reference", f"{value!r} is no id.", allowed)
        return value

    schema = {"type": "string", "minLength": 1, "x-refers-to": to}
    return _field(Spec(title, help, schema, read, widget="reference", **more))


def keys(title: str, help: str, **more: Any) -> Any:
    """Keys of the node's own interfaces, each once."""
    allowed = "a list of the node's interfaces, such as eth1, each once"

    def read(value: Json) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or len(set(map(str, value))) != len(value):
            raise InvalidValue("type", f"{value!r} is not a list of interfaces.", allowed)
        for one in value:
            if not isinstance(one, str) or not INTERFACE_NAME.fullmatch(one):
                raise InvalidValue("interface-name", f"{one!r} is no interface.", allowed)
        return tuple(value)

    items = {"type": "string", "pattern": INTERFACE_NAME.pattern}
    schema = {"type": "array", "items": items, "uniqueItems": True}
    return _field(Spec(title, help, schema, read, widget="interfaces", **more), ())
