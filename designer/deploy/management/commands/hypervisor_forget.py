"""manage.py hypervisor_forget NAME: take a machine out that will not come back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from designer.deploy.actions.forget_hypervisor import forget_hypervisor
from designer.deploy.errors import Conflict
from designer.deploy.models import Hypervisor


class Command(BaseCommand):
    help = "Takes a hypervisor out. Its credential ends."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument(
            "--force",
            action="store_true",
            help="even while labs stand on it: the machine is gone, and what stood there with it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        hypervisor = Hypervisor.objects.filter(name=options["name"]).first()
        if hypervisor is None:
            raise CommandError(f"There is no hypervisor {options['name']!r}.", returncode=2)
        try:
            forget_hypervisor(hypervisor, None, force=options["force"])
        except Conflict as error:
            raise CommandError(error.message, returncode=3) from None
        self.stdout.write(f"{options['name']} is forgotten.")
