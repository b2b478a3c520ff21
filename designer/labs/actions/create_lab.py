"""Make a lab: empty, of a design, of a file's text or of a template."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from designer import files
from designer.labs import audit, documents
from designer.labs.errors import NotFound
from designer.labs.looks import read_patch
from designer.labs.models import Head, Lab, Look, Revision, Team, User
from designer.labs.names import read_description, read_name
from designer.topology.design import Design


@transaction.atomic
def create_lab(
    team: Team,
    *,
    name: str,
    author: User | None,
    design: Design | None = None,
    looks: Mapping[str, Mapping[str, Any]] | None = None,
    made_from: str = "",
) -> Lab:
    """Revision 0 is the design that it starts with."""
    name = read_name(name)
    design = dataclasses.replace(design or Design(), name=name)
    description = read_description(design.description)
    patch = read_patch(looks or {})
    kept = documents.remember(design)
    lab = Lab.objects.create(team=team, name=name, description=description, created_by=author)
    Head.objects.create(lab=lab, document=kept.text)
    Revision.objects.create(
        lab=lab, number=0, edit={}, edit_id="created", document=kept.text, author=author
    )
    Look.objects.bulk_create(
        Look(lab=lab, ref=ref, values=values) for ref, values in patch.items() if values is not None
    )
    audit.record(author, "create", lab, name=name, team=str(team.pk), made_from=made_from)
    return lab


def create_from_text(team: Team, *, name: str, author: User | None, text: str) -> Lab:
    """Of a design file, YAML or JSON; an empty name takes the file's own."""
    design = files.load(text)
    return create_lab(
        team, name=name or design.name, author=author, design=design, made_from="file"
    )


def create_from_template(team: Team, *, name: str, author: User | None, slug: str) -> Lab:
    """Of a built-in lab; an empty name takes the template's title."""
    for template in files.builtin():
        if template.slug == slug:
            return create_lab(
                team,
                name=name or template.title,
                author=author,
                design=template.design,
                looks=template.looks,
                made_from=f"template/{slug}",
            )
    raise NotFound("template")
