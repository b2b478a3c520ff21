"""Shapes that several answers share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, WithJsonSchema


def component(name: str) -> Any:
    """Stands for a component that the topology describes (designer.api.components)."""
    return WithJsonSchema({"x-component": name})


DesignJson = Annotated[dict[str, Any], component("Design")]
EditJson = Annotated[Any, component("Edit")]
FindingJson = Annotated[dict[str, Any], component("Finding")]
StatusJson = Annotated[dict[str, Any], component("Status")]
JsonSchema = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]


class Strict(Schema):
    """A request: a field that does not exist is an error, not a shrug."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(Schema):
    code: str
    pointer: str
    message: str
    allowed: str


class Conflict(Schema):
    pointer: str
    message: str


class Error(Schema):
    """Every error of the API."""

    code: str
    message: str
    problems: list[Problem]
    findings: list[FindingJson]
    conflicts: list[Conflict]


class Person(Schema):
    id: int
    name: str


Format = Literal["yaml", "json"]
