"""The controller: Django's commands and its web server, with one environment for both."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.sandbox import addresses, paths, service
from tasks.sandbox.errors import SandboxError
from tasks.sandbox.machine import INSIDE
from tasks.sandbox.redis import Redis


class Web(service.Service):
    """uvicorn on 127.0.0.1:`port`, over the database in `var`, and `manage` for its commands."""

    ready_within = 60.0

    def __init__(self, var: Path, log: Path, redis: Redis, port: int = 8000) -> None:
        super().__init__("web", log)
        self.var = var.resolve()
        self.port = service.free_port(port)
        self._redis = redis

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url_for_agents(self) -> str:
        """Where hypervisors find it, once `Sandbox.publish(web.port)` was called."""
        return f"http://{addresses.CONTROLLER}:{self.port}"

    def environment(self) -> Mapping[str, str]:
        """The server's settings. A database the user chose stays chosen."""
        database = os.environ.get("TRUNKLINE_DATABASE_URL")
        return {
            "DJANGO_SETTINGS_MODULE": "designer.site.settings",
            "PYTHONUNBUFFERED": "1",
            "TRUNKLINE_VAR": str(self.var),
            "TRUNKLINE_DATABASE_URL": database or f"sqlite:///{self.var}/trunkline.sqlite3",
            "TRUNKLINE_REDIS_URL": self._redis.url,
            # No password: each agent gets a name and a secret of its own at enrolment.
            "TRUNKLINE_AGENT_REDIS_URL": f"redis://{addresses.CONTROLLER}:{self._redis.port}/0",
            "TRUNKLINE_ALLOWED_HOSTS": f"localhost,127.0.0.1,[::1],{addresses.CONTROLLER}",
        }

    def command(self) -> Sequence[str]:
        """One process: it holds every socket, and a sandbox has few. Its settings are written
        down where `manage.py` of another shell looks for them."""
        written = self.var / "server.json"
        written.touch(0o600)
        written.write_text(json.dumps(dict(self.environment())))
        service.hand_to_owner(written)
        return [
            sys.executable, "-m", "uvicorn", "designer.site.asgi:application",
            "--app-dir", str(paths.CHECKOUT),
            "--host", "127.0.0.1", "--port", str(self.port),
            "--timeout-graceful-shutdown", "2",
            # Else every event is compressed anew for every browser, on a loopback.
            "--ws-per-message-deflate", "false",
        ]  # fmt: skip

    def is_ready(self) -> bool:
        """Whether it answers its health check."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def manage(self, *arguments: str, timeout: float = 120) -> str:
        """Run a Django command as the server would and return what it printed."""
        self.var.mkdir(parents=True, exist_ok=True)
        service.hand_to_owner(self.var)
        done = subprocess.run(
            [*INSIDE, "tether", str(os.getpid()), sys.executable,
             str(paths.CHECKOUT / "manage.py"), *arguments],
            env={**os.environ, **self.environment()},
            cwd=paths.CHECKOUT,
            capture_output=True,
            text=True,
            timeout=timeout,
            **service.run_as_owner(),
        )  # fmt: skip
        if done.returncode != 0:
            words = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
            raise SandboxError(f"`manage.py {' '.join(arguments)}` failed:\n{words}")
        return str(done.stdout)

    def manage_json(self, *arguments: str) -> dict[str, Any]:
        """Run a Django command with --json and read its answer."""
        # Django's checks of all pages and models take longer than the commands themselves;
        # `make lint` runs them.
        answer: dict[str, Any] = json.loads(self.manage(*arguments, "--json", "--skip-checks"))
        return answer

    def migrate(self) -> None:
        """Bring the database to what this code expects."""
        self.manage("migrate", "--no-input", "--verbosity", "0", "--skip-checks")
