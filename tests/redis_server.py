"""A private Redis on a free loopback port."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import redis

READY_WITHIN = 20.0


class RedisServer:
    """Keeps nothing on disk. Can be stopped and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        options = f"--port {self.port} --bind 127.0.0.1 --appendonly no --loglevel warning"
        self._process = subprocess.Popen(
            ["redis-server", *options.split(), "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + READY_WITHIN
        with redis.Redis(port=self.port) as client:
            while True:
                try:
                    client.ping()
                    return self
                except redis.ConnectionError:
                    if time.monotonic() > deadline or self._process.poll() is not None:
                        raise
                    time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
