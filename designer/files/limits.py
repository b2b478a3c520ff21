"""What a design file may be at most, and how one that is no design is refused."""

from __future__ import annotations

from typing import Any

from designer.topology.problems import InvalidDocument, Problem, pointer

LONGEST = 8 * 1024 * 1024
"""Characters. A lab of 10,000 nodes takes about a third of it."""
DEEPEST = 16
"""Levels of nesting; a design has five."""
MOST_DIGITS = 18
"""Of a number: what fits into 64 bits, and into every reader."""


def refuse(code: str, at: str, message: str, allowed: str) -> InvalidDocument:
    return InvalidDocument([Problem(code, at, message, allowed)])


def too_deep(path: list[Any]) -> InvalidDocument:
    return refuse("depth", pointer(*path), "It is nested too deep.", f"{DEEPEST} levels")


def duplicate_key(path: list[Any], key: str) -> InvalidDocument:
    message = "The key stands here twice."
    return refuse("duplicate-key", pointer(*path, key), message, "each key once")


def no_number(path: list[Any], text: str) -> InvalidDocument:
    what = f"a number of {len(text)} digits" if len(text) > MOST_DIGITS else text
    allowed = f"whole numbers of at most {MOST_DIGITS} digits"
    return refuse("number", pointer(*path), f"It is {what}.", allowed)
