"""manage.py lab validate|plan|deploy|check|status|vm|export|destroy."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError

from designer.deploy.shell.command import Verb
from designer.deploy.shell.ending import MEANINGS, Ended, Exit
from designer.deploy.shell.verbs import VERBS
from designer.labs.errors import NotFound, Refused
from designer.topology.edits import Stale
from designer.topology.problems import InvalidDocument


class Command(BaseCommand):
    help = "Labs from a shell: check, plan, deploy, watch, export and destroy them."
    requires_system_checks: list[str] = []  # noqa: RUF012  (Django's own declaration)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        codes = "\n".join(f"  {code.value}  {meaning}" for code, meaning in MEANINGS.items())
        return super().create_parser(
            prog_name,
            subcommand,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=f"exit codes:\n{codes}",
            **kwargs,
        )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for verb in VERBS:
            own = verbs.add_parser(verb.name, help=verb.help, description=verb.__doc__)
            verb(self.stdout.write, self.stderr.write).add_arguments(own)
            own.add_argument("--json", action="store_true", help="one JSON value, for programs")
            own.add_argument("--user", help="act as this user; only what they may see is there")
            own.add_argument("--team", help="whose labs (default: the user's, or the default team)")

    def handle(self, *args: Any, **options: Any) -> None:
        in_json = options["json"]
        chosen = next(verb for verb in VERBS if verb.name == options["verb"])
        verb = chosen((lambda text: None) if in_json else self.stdout.write, self._say)
        where = options.get("file") or options.get("name") or ""
        try:
            result = self._run(verb, options)
        except Ended as ended:
            for one in ended.data.get("findings", ()):
                verb.show_findings(where, [one])
            self._say(str(ended))
            if in_json:
                self.stdout.write(json.dumps(ended.data))
            sys.exit(int(ended.code))
        except BrokenPipeError:  # the reader has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        if in_json:
            self.stdout.write(json.dumps(result))

    def _run(self, verb: Verb, options: dict[str, Any]) -> Any:
        """The verb, its refusals as an ending."""
        try:
            return verb.run(options)
        except Refused as error:
            findings = getattr(error, "findings", ())
            code = Exit.REFUSED if findings else Exit.CONFLICT
            raise Ended(code, error.message, kind=error.code, details=findings) from None
        except Stale as error:
            details = [dataclasses.asdict(one) for one in error.conflicts]
            raise Ended(Exit.CONFLICT, str(error), kind="stale", details=details) from None
        except InvalidDocument as error:
            details = [dataclasses.asdict(one) for one in error.problems]
            raise Ended(Exit.USAGE, str(error), kind="invalid", details=details) from None
        except NotFound as error:
            raise Ended(Exit.USAGE, str(error), kind="not-found") from None
        except OperationalError as error:
            raise Ended(
                Exit.FAILED,
                f"The database cannot be used: {error}. Is this the folder of the server "
                "(TRUNKLINE_VAR), and was it started once?",
                kind="database",
            ) from None

    def _say(self, text: str) -> None:
        self.stderr.write(text, style_func=str)
