"""manage.py hypervisor_add NAME: register a machine and print what its agent enrols with."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from designer.deploy.actions.add_hypervisor import LASTS, add_hypervisor
from designer.labs.models import Team
from designer.topology.problems import InvalidDocument


class Command(BaseCommand):
    help = (
        "Registers a hypervisor and prints a token for one enrolment. For a name that is there "
        "already, a token by which its agent enrols anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--team", help="only labs of this team may use it (default: all)")
        parser.add_argument(
            "--minutes",
            type=int,
            default=int(LASTS.total_seconds() // 60),
            help="how long the token is good (default: %(default)s)",
        )
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        team = None
        if options["team"]:
            team = Team.objects.filter(name=options["team"]).first()
            if team is None:
                raise CommandError(f"There is no team {options['team']!r}.", returncode=2)
        try:
            lasts = timedelta(minutes=options["minutes"])
            hypervisor, token = add_hypervisor(options["name"], team=team, lasts=lasts)
        except InvalidDocument as error:
            raise CommandError(str(error), returncode=2) from None
        if options["json"]:
            answer = {"hypervisor": str(hypervisor.pk), "name": hypervisor.name, "token": token}
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(
            f"On {hypervisor.name}, within {options['minutes']} minutes:\n\n"
            f"  python -m tasks.agent enrol --config FILE --controller URL --token {token}\n"
        )
