"""The controller's shelf of images: a real HTTP server with ranges, that can break as they do."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tasks.agent.credential import Credential

PATH = "/agent/images/"


class Shelf:
    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        """Path and range of each request."""
        self.cut: list[int] = []
        """After so many bytes the next answers break off."""
        self.status = 0
        """Answer this instead."""
        self.pause = threading.Event()
        self.pause.set()
        """Cleared, an answer stops after its first 64 KiB."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def add(self, content: bytes, name: str = "") -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        self.contents[name or sha256] = content
        return sha256

    @property
    def credential(self) -> Credential:
        return Credential(
            hypervisor="hv-1",
            name="model",
            controller=f"http://127.0.0.1:{self._server.server_port}",
            secret="secret",
            broker="redis://127.0.0.1:1/0",
        )

    def close(self) -> None:
        if not self._thread.is_alive():
            return
        self.pause.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = self.headers.get("Range", "")
                shelf.asked.append((self.path, asked))
                content = shelf.contents.get(self.path.removeprefix(PATH))
                if self.headers["Authorization"] != "Bearer hv-1.secret":
                    self._say(401, {"message": "who?"})
                elif shelf.status or content is None:
                    words = {"message": "No job of this hypervisor names such an image."}
                    self._say(shelf.status or 404, words)
                else:
                    start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
                    self._send(content[start:], 206 if asked else 200)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                shelf.asked.append((self.path, body.decode()))
                self._say(200, [one for one in json.loads(body) if one in shelf.contents])

            def _send(self, content: bytes, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                end = shelf.cut.pop(0) if shelf.cut else len(content)
                self.wfile.write(content[: min(end, 65536)])
                self.wfile.flush()
                shelf.pause.wait(20)
                if not self.wfile.closed:
                    self.wfile.write(content[65536:end])
                if end < len(content):
                    self.close_connection = True

            def _say(self, status: int, answer: Any) -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if 300 <= status < 400:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        return Handler
