"""A Redis of our own: on loopback, with a password, writing nothing outside its folder."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence
from pathlib import Path

from tasks.sandbox import service

_CONF = """\
bind 127.0.0.1
port {port}
requirepass {password}
protected-mode yes
daemonize no
# A broker and a channel for events: the truth is in the database, nothing here outlives a start.
save ""
appendonly no
dir {folder}
# A full broker says so. It never drops a task in silence.
maxmemory 256mb
maxmemory-policy noeviction
"""


class Redis(service.Service):
    """redis-server in `folder`, on a port and with a password made for this start."""

    ready_within = 15.0

    def __init__(self, folder: Path, log: Path) -> None:
        super().__init__("redis", log)
        self._folder = folder
        self.port = service.free_port()
        self.password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """Where the server and its tests reach it, password included."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str]:
        """Everything is in a file that only its owner reads: `ps` shows no password."""
        self._folder.mkdir(parents=True, exist_ok=True)
        conf = self._folder / "redis.conf"
        conf.touch(0o600)
        conf.write_text(
            _CONF.format(port=self.port, password=self.password, folder=self._folder.resolve())
        )
        service.hand_to_owner(self._folder, conf)
        return ["redis-server", str(conf)]

    def is_ready(self) -> bool:
        """Whether it takes the password and answers a PING."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (more := connection.recv(100)):
                    answer += more
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"
