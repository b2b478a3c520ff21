"""manage.py image add|list|rm: the image library from a shell on the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from designer.images import describe
from designer.images.actions.add_file import add_file
from designer.images.actions.delete_image import delete_image
from designer.images.models import Image
from designer.images.models.image import Role
from designer.labs.errors import Refused
from designer.labs.models import Team
from designer.machine.images import shown_size
from designer.topology.problems import InvalidDocument


class Command(BaseCommand):
    help = "What VMs boot from: adds a file to a team's image library, lists it, removes an image."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        add = verbs.add_parser(
            "add", help="take a file: qcow2 or raw, a kernel, an initial RAM disk"
        )
        add.add_argument("file", type=Path)
        add.add_argument("--name", help="as designs name it (default: the file's own)")
        add.add_argument("--role", choices=Role.values, default=Role.DISK.value)
        add.add_argument("--sha256", default="", help="refuse a file with another")
        add.add_argument("--replace", action="store_true", help="an image of that name gives way")
        show = verbs.add_parser("list", help="the images, with the labs that use them")
        remove = verbs.add_parser("rm", help="remove an image that no lab uses")
        remove.add_argument("name")
        for verb in (add, show, remove):
            verb.add_argument("--team", help="whose library (default: the default team's)")
            verb.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        team = _team(options["team"])
        try:
            shown = getattr(self, f"_{options['verb']}")(team, options)
        except (Refused, InvalidDocument) as error:
            raise CommandError(str(error), returncode=1) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=1) from None
        if options["json"]:
            self.stdout.write(json.dumps(shown))

    def _add(self, team: Team, options: dict[str, Any]) -> dict[str, Any]:
        path: Path = options["file"]
        image = add_file(
            team,
            None,
            path,
            name=options["name"] or path.name,
            role=options["role"],
            sha256=options["sha256"],
            replaces=options["replace"],
        )
        if not options["json"]:
            kind = image.format or image.role
            self.stdout.write(f"{image.name}: {kind}, {shown_size(image.size)}, {image.sha256}")
        return describe.images([image])[0]

    def _list(self, team: Team, options: dict[str, Any]) -> list[dict[str, Any]]:
        shown = describe.images(Image.objects.filter(team=team).select_related("team", "by"))
        for one in () if options["json"] else shown:
            labs = f"  used by {', '.join(one['labs'])}" if one["labs"] else ""
            kind = one["format"] or one["role"]
            self.stdout.write(f"{one['name']}  {kind}  {shown_size(one['size'])}{labs}")
        return shown

    def _rm(self, team: Team, options: dict[str, Any]) -> dict[str, Any]:
        image = Image.objects.filter(team=team, name=options["name"]).first()
        if image is None:
            raise CommandError(f"{team.name} has no image {options['name']!r}.", returncode=2)
        delete_image(image, None)
        return {"removed": image.name}


def _team(name: str | None) -> Team:
    rows = Team.objects.filter(name=name) if name else Team.objects.filter(is_default=True)
    team = rows.first()
    if team is None:
        raise CommandError(
            f"There is no team {name!r}." if name else "There is no default team: name one.",
            returncode=2,
        )
    return team
