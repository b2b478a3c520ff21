"""Errors of one shape: ``{"code", "message", "problems", "findings", "conflicts"}``."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from designer.labs.errors import NotFound, Refused
from designer.topology.edits import Stale
from designer.topology.problems import InvalidDocument, pointer

log = logging.getLogger(__name__)

LONGEST = 500
"""Characters of a message: a value that somebody sent may be quoted in it."""


def body(
    code: str,
    message: str,
    *,
    problems: Sequence[Mapping[str, Any]] = (),
    findings: Sequence[Mapping[str, Any]] = (),
    conflicts: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    return {
        "code": code,
        "message": shortened(message),
        "problems": [{**one, "message": shortened(str(one["message"]))} for one in problems],
        "findings": list(findings),
        "conflicts": [{**one, "message": shortened(str(one["message"]))} for one in conflicts],
    }


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def add_handlers(api: NinjaAPI) -> None:
    """From here on every error of the API, the unforeseen too, has the one shape."""

    def answer(
        request: HttpRequest, status: int, code: str, message: str, **more: Any
    ) -> HttpResponse:
        return api.create_response(request, body(code, message, **more), status=status)

    @api.exception_handler(AuthenticationError)
    def anonymous(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return answer(request, 401, "signed-out", "Sign in first.")

    @api.exception_handler(NotFound)
    def missing(request: HttpRequest, error: NotFound) -> HttpResponse:
        return answer(request, 404, "not-found", str(error))

    @api.exception_handler(Http404)
    def no_page(request: HttpRequest, error: Http404) -> HttpResponse:
        return answer(request, 404, "not-found", "There is nothing at this address.")

    @api.exception_handler(InvalidDocument)
    def invalid(request: HttpRequest, error: InvalidDocument) -> HttpResponse:
        count = len(error.problems)
        message = shortened(error.problems[0].message)
        if count > 1:
            message += f" And {count - 1} more."
        problems = [dataclasses.asdict(problem) for problem in error.problems[:100]]
        return answer(request, 422, "invalid", message, problems=problems)

    @api.exception_handler(Stale)
    def stale(request: HttpRequest, error: Stale) -> HttpResponse:
        message = "Others changed the same things meanwhile. Load what stands there and decide."
        conflicts = [dataclasses.asdict(conflict) for conflict in error.conflicts[:100]]
        return answer(request, 409, "stale", message, conflicts=conflicts)

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        findings = getattr(error, "findings", ())
        return answer(request, 409, error.code, error.message, findings=findings)

    @api.exception_handler(ValidationError)
    def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
        problems = [
            {
                "code": str(one["type"]),
                # ("body", "PARAMETER", …): the parameter's own name is no place in the body.
                "pointer": pointer(*one["loc"][2:] if one["loc"][0] == "body" else one["loc"][1:]),
                "message": str(one["msg"]) + ".",
                "allowed": "",
            }
            for one in error.errors
        ]
        return answer(request, 422, "invalid", "The request is malformed.", problems=problems)

    @api.exception_handler(HttpError)
    def plain(request: HttpRequest, error: HttpError) -> HttpResponse:
        if isinstance(error.__cause__, InvalidDocument):  # of our own reader of bodies
            return invalid(request, error.__cause__)
        if error.status_code == 403:
            message = "The request did not come from this site's own page. Load the page again."
            return answer(request, 403, "csrf", message)
        return answer(request, error.status_code, "error", str(error))

    @api.exception_handler(RequestDataTooBig)
    def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return answer(request, 413, "too-large", "The request is larger than this server takes.")

    @api.exception_handler(Exception)
    def unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
        log.exception("%s %s failed", request.method, request.path)
        message = "The server failed; its log has the reason. Tell whoever runs it."
        return answer(request, 500, "server", message)
