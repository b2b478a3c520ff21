"""Write the OpenAPI document from which the front end's types are generated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from designer.api.main import api
from designer.api.openapi import text_of

TARGET = Path("frontend/src/generated/openapi.json")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if the file is stale")
        parser.add_argument("--output", type=Path, default=Path(settings.BASE_DIR) / TARGET)

    def handle(self, *args: Any, check: bool, output: Path, **options: Any) -> None:
        fresh = text_of(api.get_openapi_schema(path_prefix="/api/"))
        if check:
            if not output.exists() or output.read_text(encoding="utf-8") != fresh:
                raise CommandError(f"{output} is stale. Run: manage.py export_schema")
            self.stdout.write(f"{output} is fresh.")
            return
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(fresh, encoding="utf-8")
        self.stdout.write(f"Wrote {output}.")
