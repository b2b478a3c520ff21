"""A browser's socket must come from one of our own pages.

Channels' own validator compares host names only; a page from another port of the same machine is
a foreign page, so here the whole origin counts, as Django's CSRF check has it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class OwnPagesOnly:
    """Refuses the handshake (HTTP 403) unless Origin is this site, under a name that it answers
    to, or a trusted origin."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", []))
        origin = headers.get(b"origin", b"").decode("latin1").lower()
        host = headers.get(b"host", b"").decode("latin1").lower()
        if origin in settings.CSRF_TRUSTED_ORIGINS or (is_ours(host) and is_same(origin, host)):
            await self.application(scope, receive, send)
        else:
            await WebsocketDenier()(scope, receive, send)


def is_ours(host: str) -> bool:
    """Whether this site answers to the name: else a page of another could point its own name
    here (DNS rebinding)."""
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def is_same(origin: str, host: str) -> bool:
    """Whether a page of this origin was served under this Host header."""
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return False
    default = ":80" if parts.scheme == "http" else ":443"
    return parts.netloc.removesuffix(default) == host.removesuffix(default)
