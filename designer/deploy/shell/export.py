"""``lab export NAME``: the lab's design as a file."""

from __future__ import annotations

from typing import Any

from designer import files
from designer.deploy.shell.command import Verb
from designer.deploy.shell.finding import caller, the_lab
from designer.labs import documents
from designer.labs.models import Lab
from designer.topology import document


class Export(Verb):
    name = "export"
    help = "write the lab's design to standard output; the same design gives the same bytes"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="of the lab, or its id")

    def run(self, options: dict[str, Any]) -> Any:
        lab = the_lab(options["name"], caller(options["user"], options["team"]))
        design = documents.of(Lab.objects.select_related("head").get(pk=lab.pk)).design
        self.print(files.dump_yaml(design).rstrip("\n"))
        return document.write(design)
