"""A shell in which ``manage.py`` starts within milliseconds, where it takes seconds of a processor.

A process imports all that the commands import, then forks one for every connection to its socket.
What runs there is ``manage.py`` itself, in a process of its own, with the arguments that it got and
the server's settings in its environment; an order and its answer are a JSON value each. It ends
with its stdin, and everything that it started with it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasks.sandbox import paths


class Shell:
    """The one who asks. Threads may ask at the same time."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._address = str(folder / "shell.sock")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self._address)
            listener.listen()  # so that orders may come before it is ready for them
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.shell", str(listener.fileno())],
                env={**os.environ, **environment},
                cwd=paths.CHECKOUT,
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )

    def manage(self, *arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
        """As ``subprocess.run`` of ``manage.py`` would return. TimeoutError after so many seconds
        without an answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(self._address)
            connection.sendall(json.dumps(arguments).encode())
            connection.shutdown(socket.SHUT_WR)
            text = _read(connection)
        assert text, f"manage.py {' '.join(arguments)} was killed"
        answer: dict[str, Any] = json.loads(text)
        return subprocess.CompletedProcess(arguments, **answer)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def _read(connection: socket.socket) -> bytes:
    text = b""
    while more := connection.recv(65536):
        text += more
    return text


def main(listening: int) -> None:
    import django

    django.setup()
    import designer.deploy.management.commands.lab  # noqa: F401  (what takes the time)

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps who has ended
    with socket.socket(fileno=listening) as listener:
        while True:
            readable, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in readable:
                os.killpg(0, signal.SIGKILL)
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    _answer(connection)


def _answer(connection: socket.socket) -> None:
    """Be ``manage.py``, tell what came of it, and end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        for stream, number in ((out, 1), (err, 2)):
            os.dup2(stream.fileno(), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.argv = ["manage.py", *json.loads(_read(connection))]
        status = _manage()
        sys.stdout.flush()
        sys.stderr.flush()
        said = {}
        for stream, name in ((out, "stdout"), (err, "stderr")):
            stream.seek(0)
            said[name] = stream.read().decode()
        connection.sendall(json.dumps({"returncode": status, **said}).encode())
    os._exit(0)


def _manage() -> int:
    """Its exit status, as Python's own end of a program would make it."""
    import manage

    try:
        manage.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main(int(sys.argv[1]))
