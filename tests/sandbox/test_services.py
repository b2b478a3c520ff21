"""Redis, the web server and what ties programs to the process that started them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tasks.sandbox import Redis, SandboxError, Web, service, web


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until_dead(*pids: int) -> None:
    deadline = time.monotonic() + 10
    while any(map(_alive, pids)):
        assert time.monotonic() < deadline, f"still there: {pids}"
        time.sleep(0.02)


def _child(pid: int) -> int:
    """The one child of a process."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _say(port: int, *lines: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_redis_wants_its_password_and_keeps_nothing(tmp_path: Path) -> None:
    with Redis(tmp_path / "redis", tmp_path / "redis.log") as redis:
        assert _say(redis.port, "PING").startswith(b"-NOAUTH")
        auth = f"AUTH {redis.password}"
        assert _say(redis.port, auth, "SET a b", "CONFIG GET maxmemory-policy").startswith(
            b"+OK\r\n+OK\r\n"
        )
        assert b"noeviction" in _say(redis.port, auth, "CONFIG GET maxmemory-policy")
        command = Path(f"/proc/{_child(redis.pid)}/cmdline").read_bytes()
        assert redis.password.encode() not in command
        assert (tmp_path / "redis/redis.conf").stat().st_mode & 0o077 == 0
        program = _child(redis.pid)
    _until_dead(program)
    assert [path.name for path in (tmp_path / "redis").iterdir()] == ["redis.conf"]


_SUPERVISOR = """
import sys, threading, time
from pathlib import Path
from tasks.sandbox import Redis

folder = Path(sys.argv[1])
redis = Redis(folder, folder / "redis.log")
starter = threading.Thread(target=redis.start)   # its end must not be taken for ours
starter.start()
starter.join()
time.sleep(0.3)
print(redis.pid, redis.is_ready(), flush=True)
time.sleep(1000)
"""


def test_a_killed_supervisor_takes_its_services_along(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", _SUPERVISOR, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        pid, ready = supervisor.stdout.readline().split()
        assert ready == "True"
        program = _child(int(pid))
        supervisor.kill()
    _until_dead(int(pid), program)


class _Shell(service.Service):
    ready_within = 1.0

    def __init__(self, script: str, log: Path, ready: bool = True) -> None:
        super().__init__("shell", log)
        self._script = script
        self._ready = ready

    def command(self) -> Sequence[str]:
        return ["sh", "-c", self._script]

    def is_ready(self) -> bool:
        return self._ready and "up" in self.log.read_text()


def test_a_service_that_ends_early_shows_the_end_of_its_log(tmp_path: Path) -> None:
    shell = _Shell("echo first; echo no such folder; exit 3", tmp_path / "log", ready=False)
    with pytest.raises(SandboxError) as failed:
        shell.start()
    assert str(failed.value) == "shell ended with exit status 3:\n    first\n    no such folder"


def test_a_service_that_never_answers_is_stopped(tmp_path: Path) -> None:
    shell = _Shell("echo waiting; sleep 1000", tmp_path / "log", ready=False)
    with pytest.raises(SandboxError, match=r"shell did not answer within 1 s:\n    waiting"):
        shell.start()
    assert shell.ended() is None
    with pytest.raises(SandboxError, match="shell is not running"):
        _ = shell.pid


def test_a_service_is_asked_then_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    polite = _Shell("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done",
                    tmp_path / "polite")  # fmt: skip
    polite.start()
    polite.stop()
    assert polite.log.read_text() == "up\nbye\n"

    monkeypatch.setattr(service, "_GRACE", 0.2)
    stubborn = _Shell("trap '' TERM; echo up; while :; do sleep 0.02; done", tmp_path / "stubborn")
    stubborn.start()
    pids = (stubborn.pid, _child(stubborn.pid))
    stubborn.stop()
    _until_dead(*pids)


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    for word in ("up one", "up two"):
        shell = _Shell(f"echo {word}", tmp_path / "web.log")
        shell.launch()
        while shell.ended() is None:
            time.sleep(0.01)
        shell.stop()
    assert (tmp_path / "web.log").read_text() == "up two\n"
    assert (tmp_path / "web.before.log").read_text() == "up one\n"


def test_a_crash_is_told_by_its_signal(tmp_path: Path) -> None:
    with _Shell("echo up; sleep 1000", tmp_path / "log") as shell:
        os.kill(_child(shell.pid), signal.SIGSEGV)
        while (status := shell.ended()) is None:
            time.sleep(0.01)
        assert service.describe(status) == "was killed by SIGSEGV"


def test_a_taken_port_gives_the_next_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < service.free_port(port) < port + 100


def test_under_sudo_services_run_as_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", "1000")
    monkeypatch.setenv("SUDO_GID", "1001")
    assert service.run_as_owner() == {"user": 1000, "group": 1001, "extra_groups": []}
    monkeypatch.setenv("SUDO_UID", "0")
    assert service.run_as_owner() == {}


def test_the_web_server_answers_with_a_database_of_its_own(tmp_path: Path) -> None:
    with Redis(tmp_path / "redis", tmp_path / "redis.log") as redis:
        served = Web(tmp_path, tmp_path / "web.log", redis, port=0)
        served.migrate()
        assert (tmp_path / "trunkline.sqlite3").exists()
        with served:
            assert served.is_ready()
            assert served.url_for_agents == f"http://198.18.0.1:{served.port}"


def test_a_failed_command_shows_its_words(tmp_path: Path) -> None:
    redis = Redis(tmp_path / "redis", tmp_path / "redis.log")
    with pytest.raises(SandboxError, match=r"`manage.py no_such_thing` failed:\n.*no_such_thing"):
        web.Web(tmp_path, tmp_path / "web.log", redis, port=0).manage("no_such_thing")
