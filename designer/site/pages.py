"""The pages around the canvas: signing in, the canvas's own empty page, health."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from designer.labs import throttle

log = logging.getLogger(__name__)
ENTRY = "src/main.tsx"


@require_safe
@never_cache
@login_required
@ensure_csrf_cookie
def app(request: HttpRequest, lab_id: object = None, node: str = "") -> HttpResponse:
    """The canvas's page. Whether the lab may be seen is the API's and the socket's question, so
    that this page says nothing about which labs there are."""
    built = settings.VITE_DEV or (settings.FRONTEND_DIST / "manifest.json").exists()
    if not built:
        return render(request, "unbuilt.html", status=503)
    return render(request, "app.html", {"entry": ENTRY, "vite_dev": settings.VITE_DEV})


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """For load balancers and ``make up``: the process answers and its database does."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.error("The database does not answer: %s", error)
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})


class SignInForm(AuthenticationForm):
    """Asks the throttle before the password, so that waiting cannot be guessed around."""

    def clean(self) -> dict[str, Any]:
        username = str(self.cleaned_data.get("username") or "")
        address = address_of(self.request)
        if throttle.must_wait(username, address):
            raise ValidationError(
                "Too many wrong passwords. Wait 15 minutes and try again.", code="throttled"
            )
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            throttle.failed(username, address)
            raise
        throttle.succeeded(username, address)
        return cleaned


class SignIn(auth.LoginView):
    form_class = SignInForm
    redirect_authenticated_user = True
    template_name = "login.html"


class ChangePassword(auth.PasswordChangeView):
    template_name = "password.html"
    success_url = "/"


def address_of(request: HttpRequest | None) -> str:
    """Where a request comes from. Behind TLS the proxy is the only way in, and the last address
    of X-Forwarded-For is the one that it added itself."""
    if request is None:
        return ""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.HTTPS else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))
