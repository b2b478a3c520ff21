"""The ASGI entry: HTTP to Django, sockets to their consumers."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "designer.site.settings")
http = get_asgi_application()  # before anything that imports models

from channels.routing import ProtocolTypeRouter  # noqa: E402

from designer.live.lifespan import lifespan  # noqa: E402
from designer.site.sockets import sockets  # noqa: E402

application = ProtocolTypeRouter({"http": http, "websocket": sockets, "lifespan": lifespan})
