"""The entries: the design of a text, and the text of a design."""

from __future__ import annotations

from typing import Any

from designer.files.json_text import NotJson, read_json, write_json
from designer.files.limits import LONGEST, refuse
from designer.files.yaml_text import read_yaml, write_yaml
from designer.topology import document
from designer.topology.design import Design
from designer.topology.problems import InvalidDocument


def load(text: str | bytes) -> Design:
    """The design of a YAML or JSON text.

    Raises :class:`InvalidDocument` for whatever is no design, and nothing else.
    """
    return document.read(parse(text))


def parse(text: str | bytes) -> Any:
    """The JSON value of a YAML or JSON text, whether it is a design or not."""
    if len(text) > LONGEST:
        raise refuse("size", "", f"The text has {len(text)} characters.", f"at most {LONGEST}")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError:
            raise refuse("encoding", "", "The text is not UTF-8.", "UTF-8") from None
    if text.startswith("\ufeff"):
        message = "The text starts with a byte order mark."
        raise refuse("bom", "", message, "UTF-8 without one")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        message = "The text has half a character (a lone surrogate) in it."
        raise refuse("encoding", "", message, "UTF-8") from None
    if not text.lstrip().startswith(("{", "[")):
        return read_yaml(text)
    try:
        return read_json(text)
    except NotJson as error:
        try:
            return read_yaml(text)  # YAML has braces, too
        except InvalidDocument as other:
            if other.problems[0].code != "syntax":
                raise
        raise refuse("syntax", "", f"The text is not JSON: {error}.", "JSON or YAML") from None


def dump_yaml(design: Design) -> str:
    """Equal designs give equal bytes."""
    return write_yaml(document.write(design))


def dump_json(design: Design) -> str:
    """Equal designs give equal bytes."""
    return write_json(document.write(design))
