"""The HTTP API at /api: session sign-in with CSRF, errors of one shape."""

from __future__ import annotations

from ninja import NinjaAPI
from ninja.security import django_auth

api = NinjaAPI(title="Trunkline", version="1", auth=django_auth, urls_namespace="api")
