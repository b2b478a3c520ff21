"""Enrolment: a one-time token and the inventory against a credential of this hypervisor's own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from designer.machine.state import Inventory
from designer.wire import inventory_to_json
from designer.wire.agent import Enrolled
from tasks.agent.credential import Credential
from tasks.agent.errors import EnrolError

_ANSWER_WITHIN = 15
"""Seconds."""
_LARGEST_ANSWER = 65536


def enrol(controller: str, token: str, inventory: Inventory) -> Credential:
    """Ask the controller for a credential. Raises EnrolError with the controller's words."""
    parts = urlsplit(controller)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise EnrolError(f"--controller {controller!r} must be like https://trunkline.example")
    controller = controller.rstrip("/")
    body = {"token": token, "inventory": inventory_to_json(inventory)}
    text = _post(f"{controller}/agent/enrol", body)
    try:
        answer = Enrolled.model_validate_json(text)
    except ValueError:
        raise EnrolError(f"{controller} answered something else than a credential") from None
    return Credential(controller=controller, **answer.model_dump())


def _post(url: str, body: dict[str, Any]) -> bytes:
    request = urllib.request.Request(  # noqa: S310  (the scheme is checked above)
        url,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Accept": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_WITHIN) as response:  # noqa: S310
            return bytes(response.read(_LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        raise EnrolError(f"{url} refused (HTTP {error.code}): {_words(error.read())}") from None
    except urllib.error.URLError as error:
        raise EnrolError(f"{url} cannot be reached: {error.reason}") from None
    except OSError as error:
        raise EnrolError(f"{url} gave no proper answer: {error}") from None


def _words(body: bytes) -> str:
    try:
        document = json.loads(body)
        return str(document.get("message") or document.get("detail") or document)
    except (ValueError, AttributeError):
        return body[:200].decode(errors="replace").strip() or "no reason given"
