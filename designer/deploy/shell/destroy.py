"""``lab destroy NAME``: take everything of a lab off every hypervisor."""

from __future__ import annotations

from typing import Any

from designer.deploy import describe
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import Kind
from designer.deploy.shell import waiting
from designer.deploy.shell.command import Verb
from designer.deploy.shell.finding import caller, the_lab


class Destroy(Verb):
    name = "destroy"
    help = "take everything of a lab off every hypervisor; the drawing stays"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="of the lab, or its id")
        self.add_waiting(parser)

    def run(self, options: dict[str, Any]) -> Any:
        who = caller(options["user"], options["team"])
        lab = the_lab(options["name"], who)
        deployment = start_deployment(lab, who.user, kind=Kind.DESTROY)
        if options["wait"]:
            deployment = waiting.wait(deployment, options["timeout"], self.say)
            waiting.require_done(deployment)
        self.print(f"{lab.name}: {deployment.state}")
        return describe.deployment(deployment)
