"""A connection to the controller made anew, only to see that there is a way."""

from __future__ import annotations

from collections.abc import Callable

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tasks.agent.credential import Credential
from tasks.agent.errors import Unreachable


def dialler(credential: Credential) -> Callable[[float], None]:
    """What reaches the controller within so many seconds or raises Unreachable: TCP, TLS and the
    websocket's handshake, which the controller answers only to a credential that it knows. The
    agent's own connection stays what it is."""

    def reach(seconds: float) -> None:
        try:
            with connect(
                credential.websocket,
                additional_headers={"Authorization": credential.bearer},
                open_timeout=seconds,
                close_timeout=0.1,
                ping_interval=None,
            ):
                pass
        except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
            raise Unreachable(f"{credential.controller}: {error or 'no answer'}") from None

    return reach
