"""Labs, their revisions and templates."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from designer.api.schemas.common import EditJson, FindingJson, JsonSchema, Person, Strict


class TeamOut(Schema):
    id: UUID
    name: str
    role: str


class Me(Schema):
    id: int
    name: str
    username: str
    teams: list[TeamOut]


class KindField(Schema):
    """One property of a kind of record, as the inspector shows it."""

    name: str
    title: str
    help: str
    unit: str
    advanced: bool
    section: str
    widget: str
    default: Any
    required: bool
    schema_: JsonSchema = Field(alias="schema")


class Kind(Schema):
    kind: str
    title: str
    help: str
    on_host: bool
    takes_interfaces: str
    fields: list[KindField]


class LabOut(Schema):
    id: UUID
    tag: str
    name: str
    description: str
    team: str
    team_id: UUID
    role: str
    revision: int
    created: datetime
    changed: datetime
    deployed: bool = False


class LabIn(Strict):
    """Empty, of a template, or of a design file's text."""

    name: str = ""
    template: str | None = None
    text: str | None = None
    team: str | None = None


class LabPatch(Strict):
    name: str | None = None
    description: str | None = None


class DocumentIn(Strict):
    text: str
    base: int
    client: str = ""


class EditIn(Strict):
    edit_id: str
    base: int
    edit: EditJson
    client: str = ""


class EditedOut(Schema):
    revision: int
    edit: EditJson
    findings: list[FindingJson]


class RevisionOut(Schema):
    number: int
    summary: str
    author: Person | None
    at: datetime
    added: int
    changed: int
    removed: int


class TemplateOut(Schema):
    slug: str
    title: str
    description: str
    hosts: int
