"""Request bodies, read strictly."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from designer.labs import strict


class StrictParser(Parser):
    """JSON as :mod:`designer.labs.strict` has it."""

    def parse_body(self, request: HttpRequest) -> Any:
        return strict.loads(request.body)
