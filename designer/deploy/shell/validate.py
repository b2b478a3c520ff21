"""``lab validate FILE``: what the rules say of a file. Needs no database."""

from __future__ import annotations

import dataclasses
from typing import Any

from designer import rules
from designer.deploy.shell.command import Verb
from designer.deploy.shell.ending import Ended, Exit
from designer.deploy.shell.finding import design_of


class Validate(Verb):
    name = "validate"
    help = "check a design file"
    needs_database = False

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", help="YAML or JSON; - is standard input")

    def run(self, options: dict[str, Any]) -> Any:
        design = design_of(options["file"])
        found = [dataclasses.asdict(one) for one in rules.check(design)]
        if any(one["severity"] == "error" for one in found):
            raise Ended(Exit.REFUSED, "The design cannot be deployed.", details=found)
        self.show_findings(options["file"], found)
        nodes, links = len(design.nodes), len(design.links)
        self.print(f"{options['file']}: {design.name or 'a design'}: {nodes} nodes, {links} links")
        return {"name": design.name, "nodes": nodes, "links": links, "findings": found}
