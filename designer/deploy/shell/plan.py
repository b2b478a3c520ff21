"""``lab plan FILE``: every operation that deploying the file would carry out, and why."""

from __future__ import annotations

import contextlib
from typing import Any

from designer.deploy.actions.cancel_deployment import cancel_deployment
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Kind, State
from designer.deploy.shell import printing, waiting
from designer.deploy.shell.command import Verb
from designer.deploy.shell.finding import caller, design_of, lab_called
from designer.labs.actions.create_lab import create_lab
from designer.labs.actions.delete_lab import delete_lab
from designer.labs.errors import Refused


class Plan(Verb):
    name = "plan"
    help = "show every operation that deploying a file would carry out; changes nothing"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", help="YAML or JSON; - is standard input")
        self.add_next_start(parser)
        self.add_timeout(parser)

    def run(self, options: dict[str, Any]) -> Any:
        """The lab is looked at and left as it is; one that is not there is made for the plan and
        goes with it."""
        design = design_of(options["file"])
        who = caller(options["user"], options["team"])
        lab = lab_called(design.name, who)
        new = lab is None
        if lab is None:
            lab = create_lab(who.team, name=design.name, author=who.user, design=design)
        deployment = None
        try:
            deployment = start_deployment(
                lab,
                who.user,
                kind=Kind.PLAN,
                draft=design,
                at_next_start=options["at_next_start"],
            )
            planned = (State.PLANNED, *waiting.ENDED)
            deployment = waiting.wait(deployment, options["timeout"], self.say, planned)
            shown = printing.plan_json(deployment)
            for line in printing.plan(deployment):
                self.print(line)
            if deployment.state not in (State.PLANNED, State.DONE):
                waiting.require_done(deployment)
            return shown
        finally:
            if deployment is not None:
                with contextlib.suppress(Refused):
                    cancel_deployment(deployment, who.user)
            if new:
                with contextlib.suppress(Refused):
                    delete_lab(lab, author=who.user)
