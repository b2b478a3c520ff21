"""Which socket goes where. Browsers come with a session and from our own pages; agents come from
anywhere with a credential of their own."""

from __future__ import annotations

from typing import Any

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from django.urls import path

from designer.live.agents import AgentConsumer
from designer.live.browsers import browser_socket
from designer.site.origins import OwnPagesOnly

agents: Any = AgentConsumer.as_asgi()
browsers: Any = OwnPagesOnly(CookieMiddleware(browser_socket))
"""Any: Django's path() is typed for views; Channels lets it take ASGI applications."""

sockets = URLRouter([path("agent/ws", agents), path("ws/labs/<uuid:lab_id>", browsers)])
