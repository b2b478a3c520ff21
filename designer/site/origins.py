"""A browser's socket must come from one of our own pages.

Channels' own validator compares host names only; a page from another port of the same machine is
a foreign page, so here the whole origin counts, as Django's CSRF check has it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import AllowedHostsOriginValidator, WebsocketDenier
from django.conf import settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class OwnPagesOnly:
    """Refuses the handshake (HTTP 403) unless Origin is this site or a trusted origin."""

    def __init__(self, application: Application) -> None:
        self.by_host = AllowedHostsOriginValidator(application)
        self.trusted = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", []))
        origin = headers.get(b"origin", b"").decode("latin1").lower()
        if origin and origin in settings.CSRF_TRUSTED_ORIGINS:
            await self.trusted(scope, receive, send)
        elif is_same(origin, headers.get(b"host", b"").decode("latin1").lower()):
            await self.by_host(scope, receive, send)
        else:
            await WebsocketDenier()(scope, receive, send)


def is_same(origin: str, host: str) -> bool:
    """Whether a page of this origin was served under this Host header."""
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return False
    default = ":80" if parts.scheme == "http" else ":443"
    return parts.netloc.removesuffix(default) == host.removesuffix(default)
