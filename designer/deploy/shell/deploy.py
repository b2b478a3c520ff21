"""``lab deploy FILE``: make the lab of the file's name what the file says, and deploy it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from designer.deploy import describe
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.models import CheckRun, Deployment, Kind
from designer.deploy.shell import printing, waiting
from designer.deploy.shell.command import Verb
from designer.deploy.shell.draw import drawn
from designer.deploy.shell.finding import caller, design_of


class Deploy(Verb):
    name = "deploy"
    help = "make or change the lab of the file's name, and deploy it"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", help="YAML or JSON; - is standard input")
        parser.add_argument(
            "--despite-preflight",
            action="store_true",
            help="go on even if frames are lost between the hypervisors",
        )
        parser.add_argument(
            "--over-management",
            action="store_true",
            help="go on even if a NIC is changed by which a hypervisor is reached",
        )
        parser.add_argument(
            "--with-restarts",
            action="store_true",
            help="go on even if VMs that run are restarted",
        )
        self.add_next_start(parser)
        self.add_waiting(parser)

    def run(self, options: dict[str, Any]) -> Any:
        design = design_of(options["file"])
        who = caller(options["user"], options["team"])
        with transaction.atomic():  # a refusal leaves neither lab nor revision
            lab, what = drawn(design, who)
            deployment = start_deployment(
                lab,
                who.user,
                kind=Kind.DEPLOY,
                despite_preflight=options["despite_preflight"],
                over_management=options["over_management"],
                with_restarts=options["with_restarts"],
                at_next_start=options["at_next_start"],
            )
        self.say(what)
        for line in printing.warnings(deployment):
            self.say(line)
        if not options["wait"]:
            self.print(f"{lab.name}: {deployment.state}")
            return describe.deployment(deployment)
        deployment = waiting.wait(deployment, options["timeout"], self.say)
        waiting.require_done(deployment)
        self.print(f"{lab.name}: {deployment.state}")
        return {**describe.deployment(deployment), "checks": self._checks(deployment, options)}

    def _checks(self, deployment: Deployment, options: dict[str, Any]) -> dict[str, Any] | None:
        """What came of the checks after it; None where none are drawn."""
        run = CheckRun.objects.filter(deployment=deployment).first()
        if run is None:
            return None
        run = waiting.wait_for_checks(run, options["timeout"], self.say)
        shown = describe.check_run(run)
        for line in printing.checks(deployment.lab, shown):
            self.print(line)
        return shown
