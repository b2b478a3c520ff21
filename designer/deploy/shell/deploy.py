"""``lab deploy FILE``: make the lab of the file's name what the file says, and deploy it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from designer.deploy import describe
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Kind
from designer.deploy.shell import waiting
from designer.deploy.shell.command import Verb
from designer.deploy.shell.finding import Caller, caller, design_of, lab_called
from designer.labs.actions.create_lab import create_lab
from designer.labs.actions.replace_document import replace_design
from designer.labs.models import Lab
from designer.topology.design import Design


class Deploy(Verb):
    name = "deploy"
    help = "make or change the lab of the file's name, and deploy it"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", help="YAML or JSON; - is standard input")
        self.add_waiting(parser)

    def run(self, options: dict[str, Any]) -> Any:
        design = design_of(options["file"])
        who = caller(options["user"], options["team"])
        with transaction.atomic():  # a refusal leaves neither lab nor revision
            lab, what = _as_drawn(design, who)
            deployment = start_deployment(lab, who.user, kind=Kind.DEPLOY)
        self.say(what)
        if options["wait"]:
            deployment = waiting.wait(deployment, options["timeout"], self.say)
            waiting.require_done(deployment)
        self.print(f"{lab.name}: {deployment.state}")
        return describe.deployment(deployment)


def _as_drawn(design: Design, who: Caller) -> tuple[Lab, str]:
    """The lab with this design, and what was done for that."""
    lab = lab_called(design.name, who)
    if lab is None:
        lab = create_lab(who.team, name=design.name, author=who.user, design=design)
        return lab, f"The lab {lab.name!r} is made."
    edited = replace_design(
        lab, author=who.user, design=design, base=lab.revision, summary="From a file"
    )
    new = "now" if edited.revision != lab.revision else "still"
    return lab, f"The lab {lab.name!r} is {new} at revision {edited.revision}."
