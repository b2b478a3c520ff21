"""Enrolment: an agent trades its one-time token for a credential of its own.

No session and no CSRF token: a page of another site could not know an enrolment token, and gets
nothing by sending one.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from pydantic import ValidationError

from designer import wire
from designer.api import errors
from designer.deploy.actions.enrol import enrol
from designer.deploy.errors import BadToken
from designer.wire.agent import Enrol

LARGEST = 4 * 1024 * 1024
"""Bytes of a body: a token and an inventory."""
MOST, WITHIN = 30, 60.0
"""Attempts of one address in so many seconds, in each server process. Tokens cannot be guessed;
this keeps the log readable and the database idle."""

_attempts: dict[str, deque[float]] = defaultdict(deque)
_lock = threading.Lock()


@csrf_exempt
@require_POST
def enrol_agent(request: HttpRequest) -> JsonResponse:
    """``POST /agent/enrol {"token", "inventory"}``."""
    if _too_many(request.META.get("REMOTE_ADDR", "")):
        return _error(429, "too-many", "Too many attempts. Wait a minute.")
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return _error(413, "too-large", f"At most {LARGEST} bytes may come.")
    try:
        wanted = Enrol.model_validate_json(request.body)
    except ValidationError as error:
        places = "; ".join(
            f"/{'/'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False)[:5]
        )
        return _error(422, "invalid", f"This is no enrolment: {places}")
    try:
        enrolled = enrol(wanted.token, wire.inventory_to_json(wanted.inventory))
    except BadToken as error:
        return _error(403, error.code, error.message)
    answer = {
        "hypervisor": str(enrolled.hypervisor.pk),
        "name": enrolled.hypervisor.name,
        "secret": enrolled.secret,
        "broker": enrolled.broker,
    }
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})


def _too_many(address: str) -> bool:
    now = time.monotonic()
    with _lock:
        if len(_attempts) > 10_000:
            _attempts.clear()
        seen = _attempts[address]
        while seen and seen[0] < now - WITHIN:
            seen.popleft()
        seen.append(now)
        return len(seen) > MOST


def _error(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse(errors.body(code, message), status=status)
