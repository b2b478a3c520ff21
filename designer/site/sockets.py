"""Which socket goes where. Browsers come with a session and from our own pages; agents come from
anywhere with a credential of their own."""

from __future__ import annotations

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from django.urls import path

from designer.live.agents import AgentConsumer
from designer.live.browsers import BrowserConsumer
from designer.site.origins import OwnPagesOnly

sockets = URLRouter(
    [
        path("agent/ws", AgentConsumer.as_asgi()),
        path("ws/labs/<uuid:lab_id>", OwnPagesOnly(CookieMiddleware(BrowserConsumer.as_asgi()))),
    ]
)
