"""Run a command against a PostgreSQL of its own: ``python -m tests.postgres pytest tests/labs``.

The cluster lives in a folder of its own, listens on a socket in that folder and nowhere else, and
is gone when the command ends. Debian's binaries; as root it runs as the user postgres, because
PostgreSQL refuses root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

READY_WITHIN = 60.0
OPTIONS = {
    "listen_addresses": "",
    # A cluster that nobody keeps need not survive a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
}


class NoPostgres(RuntimeError):
    """PostgreSQL is not installed, or does not start; the message says what to do."""


@contextmanager
def cluster() -> Iterator[str]:
    """A running cluster; its TRUNKLINE_DATABASE_URL."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="trunkline-postgres-"))
    data, log = folder / "data", folder / "log"
    try:
        if os.geteuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(folder, postgres.pw_uid, postgres.pw_gid)
        _run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"])
        options = [f"--{name.replace('_', '-')}={value}" for name, value in OPTIONS.items()]
        with log.open("wb") as out:
            server = subprocess.Popen(
                _unprivileged([binaries / "postgres", "-D", data, "-k", folder, *options]),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait(binaries, folder, server, log)
            yield f"postgres://postgres@/trunkline?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # fast: sessions that are left are ended
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise NoPostgres("PostgreSQL is not installed. Install it: apt install postgresql")
    return found[-1].parent


def _unprivileged(command: Sequence[str | Path]) -> list[str]:
    words = [str(word) for word in command]
    if os.geteuid() != 0:
        return words
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *words]


def _run(command: Sequence[str | Path]) -> None:
    done = subprocess.run(_unprivileged(command), capture_output=True, text=True, cwd="/")
    if done.returncode != 0:
        raise NoPostgres(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")


def _wait(binaries: Path, folder: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    ask = [str(binaries / "pg_isready"), "-q", "-h", str(folder), "-U", "postgres"]
    while subprocess.run(ask).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            raise NoPostgres(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def main(command: Sequence[str]) -> int:
    """The command's exit status."""
    if not command:
        print(__doc__)
        return 2
    try:
        with cluster() as url:
            # Reuse: the cluster goes as a whole, so nothing has to be dropped while a thread that
            # a test left behind may still be connected.
            options = f"{os.environ.get('PYTEST_ADDOPTS', '')} --reuse-db".strip()
            environment = {
                **os.environ, "TRUNKLINE_DATABASE_URL": url, "PYTEST_ADDOPTS": options
            }  # fmt: skip
            return subprocess.run(command, env=environment).returncode
    except NoPostgres as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
