"""Images for agents: a copy of what a job of theirs names, and nothing else.

By the agent's own credential, as on its socket; no session and no CSRF token, as no browser sends
an ``Authorization`` of this kind by itself.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any, BinaryIO

from asgiref.sync import sync_to_async
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from designer.api import errors
from designer.deploy.copies import may_fetch
from designer.images import storage
from designer.images.models import Image
from designer.live.agent_requests import authenticate
from designer.machine.images import SHA256

STEP = 1 << 20
"""Bytes held in memory for one agent."""
MOST_ASKED = 10_000
_RANGE = re.compile(r"bytes=(\d{1,18})-")


@csrf_exempt
@require_GET
async def agent_image(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """``GET /agent/images/SHA256``, with ``Range: bytes=N-`` (RFC 9110, 14.2) to go on after an
    interruption. 404 for what no job of this hypervisor names, whether or not it is there."""
    status, file = await sync_to_async(_open)(request.headers.get("Authorization", ""), sha256)
    if file is None:
        return _error(status)
    size = file.seek(0, 2)
    start = 0
    if asked := request.headers.get("Range"):
        match = _RANGE.fullmatch(asked)
        if match is None or int(match[1]) >= size:
            file.close()
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        start = int(match[1])
    response = StreamingHttpResponse(
        _pieces(file, start),
        status=206 if asked else 200,
        content_type="application/octet-stream",
        headers={
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-store",
            "Content-Length": str(size - start),
            "ETag": f'"{sha256}"',
        },
    )
    if asked:
        response["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    return response


@csrf_exempt
@require_POST
def known_images(request: HttpRequest) -> HttpResponse:
    """``POST /agent/images/known ["SHA256", …]``: which of an agent's copies a library still has.
    It learns only of contents that it has itself."""
    if authenticate(request.headers.get("Authorization", "")) is None:
        return _error(401)
    try:
        asked = json.loads(request.body)
    except ValueError:
        asked = None
    if not isinstance(asked, list) or len(asked) > MOST_ASKED:
        return _error(422)
    wanted = [one for one in asked if isinstance(one, str) and SHA256.fullmatch(one)]
    rows = Image.objects.filter(sha256__in=wanted).values_list("sha256", flat=True)
    return JsonResponse(sorted(set(rows)), safe=False)


def _open(authorization: str, sha256: str) -> tuple[int, BinaryIO | None]:
    """The content's file, or the status that says why not."""
    hypervisor = authenticate(authorization)
    if hypervisor is None:
        return 401, None
    if not SHA256.fullmatch(sha256) or not may_fetch(hypervisor, sha256):
        return 404, None
    try:
        return 200, storage.content(sha256).open("rb")
    except FileNotFoundError:
        return 410, None


async def _pieces(file: BinaryIO, start: int) -> AsyncIterator[bytes]:
    """Read in a thread: a slow disk holds up nobody else."""
    try:
        await asyncio.to_thread(file.seek, start)
        while piece := await asyncio.to_thread(file.read, STEP):
            yield piece
    finally:
        file.close()


_WORDS: dict[int, tuple[str, str]] = {
    401: ("signed-out", "This is no credential of a hypervisor."),
    404: ("not-found", "No job of this hypervisor names such an image."),
    410: ("lost", "The server has lost the file. Upload the image once more."),
    422: ("invalid", f"Send a list of at most {MOST_ASKED} SHA-256 sums."),
}


def _error(status: int) -> HttpResponse:
    body: dict[str, Any] = errors.body(*_WORDS[status])
    return JsonResponse(body, status=status)
