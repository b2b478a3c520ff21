"""The services of docker-compose.yml as processes of this machine, on ports of their own."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from tasks.sandbox import Hypervisor, Sandbox, addresses, paths
from tasks.sandbox.service import free_port
from tests.compose.composition import Composition
from tests.e2e.product import eventually
from tests.postgres import cluster

_BIN = Path(sys.executable).parent


class Server:
    """A team's server, as the file describes it."""

    def __init__(self, folder: Path, postgres: str) -> None:
        self.folder = folder
        self.port, self.redis_port = free_port(), free_port()
        socket = postgres.partition("host=")[2]
        secret = {
            name: secrets.token_hex(16)
            for name in ("TRUNKLINE_SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD")
        }
        self.host = addresses.CONTROLLER
        self.composition = Composition(
            {**secret, "TRUNKLINE_PUBLIC_HOST": self.host},
            {
                "@postgres:5432/trunkline": f"@/trunkline?host={socket}",
                "@redis:6379": f"@127.0.0.1:{self.redis_port}",
                f"{self.host}:6379": f"{self.host}:{self.redis_port}",
                "/var/lib/trunkline": str(folder),
                "localhost:8000": f"localhost:{self.port}",
                "0.0.0.0": "127.0.0.1",
            },
        )

    def environment(self) -> dict[str, str]:
        bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        bare["PATH"] = f"{_BIN}:{bare['PATH']}"
        return {**bare, **self.composition.environment("web")}

    def run(self, command: Sequence[str], **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program(command[0]), *command[1:]],
            env={**self.environment(), **more},
            cwd=paths.CHECKOUT,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def manage(self, *arguments: str, **more: str) -> str:
        done = self.run(["python", "manage.py", *arguments], **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def process(self, command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
        with log.open("wb") as out:
            process = subprocess.Popen(
                [self._program(command[0]), *command[1:]],
                env=self.environment(),
                cwd=paths.CHECKOUT,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def command(self, service: str) -> list[str]:
        words = self.composition.command(service)
        if service == "web":
            words[words.index("8000")] = str(self.port)
        if service == "redis":
            words += ["--port", str(self.redis_port), "--bind", "127.0.0.1"]
            words += ["--dir", str(self.folder)]
        return words

    @staticmethod
    def _program(name: str) -> str:
        return str(_BIN / name) if (_BIN / name).exists() else name


@contextmanager
def team_server(folder: Path) -> Iterator[Server]:
    """PostgreSQL, Redis, the migration and the web server, each by the file's own command."""
    with ExitStack() as stack:
        url = stack.enter_context(cluster())
        server = Server(folder, url)
        socket = url.partition("host=")[2]
        for words in (
            "CREATE ROLE trunkline LOGIN",
            "CREATE DATABASE trunkline OWNER trunkline",
        ):
            made = ["psql", "-h", socket, "-U", "postgres", "-d", "postgres", "-qc", words]
            subprocess.run(made, check=True, capture_output=True, cwd="/")
        stack.enter_context(server.process(server.command("redis"), folder / "redis.log"))
        health = server.composition.health("redis")
        port = ["-p", str(server.redis_port)]
        eventually(
            lambda: "PONG" in server.run([health[0], *port, *health[1:]]).stdout, what="Redis"
        )
        migrated = server.run(server.command("migrate"))
        assert migrated.returncode == 0, migrated.stderr
        web = stack.enter_context(server.process(server.command("web"), folder / "web.log"))
        healthy = server.composition.health("web")
        eventually(
            lambda: web.poll() is not None or server.run(healthy).returncode == 0,
            within=60,
            what="the web server's health check",
        )
        assert web.poll() is None, (folder / "web.log").read_text()
        yield server


@contextmanager
def agent(server: Server, hypervisor: Hypervisor, token: str, log: Path) -> Iterator[None]:
    """The agent's service, inside a hypervisor, its configuration where the file mounts it."""
    words = server.composition.command("agent")
    config = words[words.index("--config") + 1]
    native = [word.replace(config, str(hypervisor.config_path)) for word in words]
    native[0] = sys.executable
    enrol = [*native, "--controller", f"http://{server.host}:{server.port}", "--token", token]
    enrol[enrol.index("run")] = "enrol"
    done = hypervisor.run(enrol, cwd=paths.CHECKOUT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    with log.open("wb") as out:
        process = hypervisor.popen(native, cwd=paths.CHECKOUT, stdout=out, stderr=out)
    try:
        yield
    finally:
        process.terminate()
        process.wait(15)


@contextmanager
def one_hypervisor(server: Server) -> Iterator[Hypervisor]:
    with Sandbox(server.folder / "sandbox", ("hv1",)) as sandbox:
        sandbox.publish(server.port)
        sandbox.publish(server.redis_port)
        settings = yaml.safe_load(sandbox["hv1"].config_path.read_text())
        assert "eth0" in settings["protected_nics"]
        yield sandbox["hv1"]
