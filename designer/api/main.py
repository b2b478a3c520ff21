"""The HTTP API at /api: session sign-in with CSRF, strict bodies, errors of one shape."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.security import django_auth

from designer.api import (
    checks,
    consoles,
    deployments,
    errors,
    general,
    hypervisors,
    images,
    labs,
    revisions,
    vms,
)
from designer.api.openapi import completed
from designer.api.parsing import StrictParser


class Api(NinjaAPI):
    """An OpenAPI document that is whole: what sockets carry and what the topology describes too."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        completed(schema)
        return schema


api = Api(
    title="Trunkline",
    version="1",
    description="Draw virtual networks, deploy them to real hypervisors, watch them live.",
    auth=django_auth,
    parser=StrictParser(),
    urls_namespace="api",
    docs_url=None,  # its page loads scripts from elsewhere, which the policy forbids
)
errors.add_handlers(api)
api.add_router("", general.router)
api.add_router("", labs.router)
api.add_router("", revisions.router)
api.add_router("", deployments.router)
api.add_router("", checks.router)
api.add_router("", consoles.router)
api.add_router("", vms.router)
api.add_router("", hypervisors.router)
api.add_router("", images.router)
