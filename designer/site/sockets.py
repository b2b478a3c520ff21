"""Which socket goes where. Browsers come with a session and from our own pages; agents come from
anywhere with a credential of their own."""

from __future__ import annotations

from typing import Any

from channels.routing import URLRouter
from channels.sessions import CookieMiddleware
from django.urls import path

from designer.live.agents import AgentConsumer
from designer.live.browsers import browser_socket
from designer.live.console_agents import console_agent_socket
from designer.live.console_browsers import console_browser_socket
from designer.site.origins import OwnPagesOnly

agents: Any = AgentConsumer.as_asgi()
agent_consoles: Any = console_agent_socket
browsers: Any = OwnPagesOnly(CookieMiddleware(browser_socket))
consoles: Any = OwnPagesOnly(CookieMiddleware(console_browser_socket))
"""Any: Django's path() is typed for views; Channels lets it take ASGI applications."""

sockets = URLRouter(
    [
        path("agent/ws", agents),
        path("agent/console", agent_consoles),
        path("ws/labs/<uuid:lab_id>", browsers),
        path("ws/labs/<uuid:lab_id>/console", consoles),
    ]
)
