"""The Content-Security-Policy of every page (https://www.w3.org/TR/CSP3/).

No inline script runs anywhere. Style elements need the nonce of the answer: component libraries
make some at run time and take it from the ``nonce`` property of the page's own script tag.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

VITE_SERVER = "http://localhost:5173"


class ContentSecurityPolicy:
    """Sets ``request.csp_nonce`` for templates, and the header on the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy(nonce))
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"
        )
        return response


def policy(nonce: str) -> str:
    """The header's value."""
    dev = f" {VITE_SERVER}" if settings.VITE_DEV else ""
    dev_socket = " ws://localhost:5173" if settings.VITE_DEV else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'{dev}",
            f"style-src 'self' 'nonce-{nonce}'{dev}",
            # Style attributes: exported pictures and measured positions. They run nothing.
            "style-src-attr 'unsafe-inline'",
            f"img-src 'self' data: blob:{dev}",
            f"font-src 'self' data:{dev}",
            f"connect-src 'self'{dev}{dev_socket}",
            f"worker-src 'self' blob:{dev}",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
