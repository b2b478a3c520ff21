"""Make the login of this start of the sandbox, and the first lab."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from designer.labs.actions.welcome import welcome


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        made = welcome()
        login = {
            "username": made.username,
            "password": made.password,
            "lab": None if made.lab is None else str(made.lab.pk),
        }
        if json:
            self.stdout.write(_text(login))
        else:
            self.stdout.write(f"User {made.username}, password {made.password}")


def _text(value: dict[str, str | None]) -> str:
    return json.dumps(value)
