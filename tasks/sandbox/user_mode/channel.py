"""Commands into a machine over TCP: `subprocess` on one side, a process on the other.

    channel.py SECRET_FILE NETWORK_NAMESPACE DEVICE ADDRESS PORT LIFELINE_PID PROGRAM [ARGUMENT]...

runs a program in the machine as if it were this process: its environment and folder, standard
input and outputs, signals, exit status and death pass through in both directions. `serve` is the
other end. One connection carries one program, in frames of one letter, a length and a text.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.sandbox import inside
else:
    sys.path.append(os.path.dirname(os.path.dirname(__file__)))
    import inside

INPUT, CLOSE_INPUT, SIGNAL = b"I", b"C", b"S"  # to the machine
OUTPUT, ERROR_OUTPUT, EXIT = b"O", b"E", b"X"  # from the machine

_HEAD = struct.Struct("!cI")
_CHUNK = 64 * 1024
_LONGEST_GREETING = 4 * 1024 * 1024
_PASSED_ON = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)


def send(connection: socket.socket, kind: bytes, body: bytes = b"") -> None:
    """Send one frame."""
    connection.sendall(_HEAD.pack(kind, len(body)) + body)


class Frames:
    """Reads frames from a connection, as many as are there."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()
        self.ended = False

    def read(self) -> Iterator[tuple[bytes, bytes]]:
        """Take the bytes that have come and give every frame that is whole."""
        try:
            more = self._connection.recv(_CHUNK)
        except BlockingIOError:
            return
        except ConnectionError:
            more = b""
        self.ended = not more
        self._buffer += more
        while len(self._buffer) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._buffer)
            if len(self._buffer) < _HEAD.size + length:
                return
            body = bytes(self._buffer[_HEAD.size : _HEAD.size + length])
            del self._buffer[: _HEAD.size + length]
            yield kind, body


# The machine's side


def serve(listener: socket.socket, secret: str) -> None:
    """Run what those who know the secret ask for. Does not return."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve_one, args=(connection, secret), daemon=True).start()


def _serve_one(connection: socket.socket, secret: str) -> None:
    with connection, contextlib.suppress(OSError, ValueError, KeyError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        (length,) = struct.unpack("!I", _exactly(connection, 4))
        if length > _LONGEST_GREETING:
            return
        asked = json.loads(_exactly(connection, length))
        if not hmac.compare_digest(str(asked["secret"]), secret):
            return
        try:
            process = _start(asked)
        except OSError as error:
            send(connection, ERROR_OUTPUT, f"{asked['argv'][0]}: {error.strerror}\n".encode())
            send(connection, EXIT, b"127" if error.errno == errno.ENOENT else b"126")
            return
        _Served(connection, process).pump()


def _start(asked: dict[str, Any]) -> subprocess.Popen[bytes]:
    argv = [os.fsencode(part) for part in asked["argv"]]
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if asked["one_output"] else subprocess.PIPE,
        cwd=asked["folder"],
        env=asked["environment"],
        start_new_session=True,
    )


def _exactly(connection: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        more = connection.recv(count - len(read))
        if not more:
            raise ConnectionResetError
        read += more
    return read


class _Served:
    """One running program and the connection it belongs to.

    It always reads what comes over the connection and never waits for the other end to read:
    the other end may be sending just then.
    """

    def __init__(self, connection: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self._connection = connection
        connection.setblocking(False)
        self._process = process
        self._frames = Frames(connection)
        assert process.stdin is not None
        self._stdin: int | None = os.dup(process.stdin.fileno())
        process.stdin.close()
        os.set_blocking(self._stdin, False)
        self._input = bytearray()  # that the program has not read yet
        self._no_more_input = False
        self._unsent = bytearray()
        self._told_end = False
        self._outputs: dict[int, bytes] = {}
        for stream, kind in ((process.stdout, OUTPUT), (process.stderr, ERROR_OUTPUT)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._outputs[stream.fileno()] = kind

    def pump(self) -> None:
        """Carry bytes and signals until the program has ended and its caller knows."""
        pidfd = os.pidfd_open(self._process.pid)
        try:
            while not self._told_end or self._unsent:
                ready = self._wait(pidfd)
                for output in ready & set(self._outputs):
                    self._take_output(output)
                if self._connection.fileno() in ready:
                    self._exchange()
                self._feed()
                if pidfd in ready and not self._told_end:
                    self._tell_end()
        except OSError:
            pass  # the caller is gone, and so must the program be
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            os.close(pidfd)
            self._close_input()
            self._connection.close()
            self._drain_for_orphans()

    def _wait(self, pidfd: int) -> set[int]:
        poll = select.poll()
        poll.register(self._connection, select.POLLIN | (select.POLLOUT if self._unsent else 0))
        if not self._told_end:
            poll.register(pidfd, select.POLLIN)
        if not self._told_end and len(self._unsent) < _CHUNK:
            for output in self._outputs:
                poll.register(output, select.POLLIN)
        if self._stdin is not None and self._input:
            poll.register(self._stdin, select.POLLOUT)
        return {descriptor for descriptor, _ in poll.poll()}

    def _exchange(self) -> None:
        """Send what can be sent and take what has come."""
        if self._unsent:
            with contextlib.suppress(BlockingIOError):
                del self._unsent[: self._connection.send(self._unsent)]
        for kind, body in self._frames.read():
            if kind == INPUT:
                self._input += body
            elif kind == CLOSE_INPUT:
                self._no_more_input = True
            elif kind == SIGNAL:
                self._process.send_signal(int(body))
        if self._frames.ended:
            raise ConnectionResetError

    def _feed(self) -> None:
        if self._stdin is not None and self._input:
            try:
                del self._input[: os.write(self._stdin, self._input)]
            except BlockingIOError:
                return
            except BrokenPipeError:
                self._input.clear()
                self._no_more_input = True
        if self._no_more_input and not self._input:
            self._close_input()

    def _close_input(self) -> None:
        if self._stdin is not None:
            os.close(self._stdin)
            self._stdin = None

    def _take_output(self, output: int) -> bool:
        """Take what is there now; False once nothing is."""
        try:
            chunk = os.read(output, _CHUNK)
        except BlockingIOError:
            return False
        if not chunk:
            del self._outputs[output]
            return False
        self._unsent += _HEAD.pack(self._outputs[output], len(chunk)) + chunk
        return True

    def _tell_end(self) -> None:
        """All it wrote before it ended, then how it ended."""
        for output in list(self._outputs):
            while self._take_output(output):
                pass
        status = str(self._process.wait()).encode()
        self._unsent += _HEAD.pack(EXIT, len(status)) + status
        self._told_end = True

    def _drain_for_orphans(self) -> None:
        """Children it left behind may go on writing; a closed pipe would kill them."""
        while self._outputs:
            ready, _, _ = select.select(list(self._outputs), [], [])
            for output in ready:
                if not os.read(output, _CHUNK):
                    del self._outputs[output]
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


# The caller's side


def call(secret_file: str, where: tuple[str, str, str, int], lifeline: int, argv: list[str]) -> int:
    """Be the program for whoever started us; returns its exit status."""
    namespace, device, address, port = where
    try:
        alive = os.pidfd_open(lifeline)
        inside.setns(namespace, inside.CLONE_NEWNET)
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        connection.settimeout(20)
        connection.connect((address, port))
        connection.settimeout(None)
    except OSError as error:
        print(f"the machine takes no commands: {error}", file=sys.stderr)
        return 255
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with open(secret_file) as file:
        secret = file.read()
    greeting = {
        "secret": secret,
        "argv": argv,
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "one_output": _same_open_file(1, 2),
    }
    text = json.dumps(greeting).encode()
    connection.sendall(struct.pack("!I", len(text)) + text)

    # Not sent from the handler: it may run in the middle of another frame.
    caught, tell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(tell)
    for number in _PASSED_ON:
        signal.signal(number, lambda *_: None)
    status = _relay(connection, alive, caught)
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def _relay(connection: socket.socket, alive: int, caught: int) -> int:
    """Carry bytes both ways; the status, or SIGKILL's when the machine has gone."""
    frames = Frames(connection)
    poll = select.poll()
    for descriptor in (0, connection.fileno(), alive, caught):
        poll.register(descriptor, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if connection.fileno() in ready:
            for kind, body in frames.read():
                if kind == EXIT:
                    return int(body)
                _write_all(1 if kind == OUTPUT else 2, body)
        if frames.ended or alive in ready:
            return -signal.SIGKILL
        with contextlib.suppress(ConnectionError):
            if caught in ready:
                for number in os.read(caught, 100):
                    send(connection, SIGNAL, str(number).encode())
            if 0 in ready:
                if chunk := _read_input():
                    send(connection, INPUT, chunk)
                else:
                    poll.unregister(0)
                    send(connection, CLOSE_INPUT)


def _read_input() -> bytes:
    try:
        return os.read(0, _CHUNK)
    except OSError:
        return b""


def _write_all(descriptor: int, body: bytes) -> None:
    view = memoryview(body)
    while view:
        view = view[os.write(descriptor, view) :]


def _same_open_file(one: int, other: int) -> bool:
    try:
        return os.path.sameopenfile(one, other)
    except OSError:
        return False


def main(argv: list[str]) -> int:
    """Read the command line."""
    secret_file, namespace, device, address, port, lifeline = argv[:6]
    where = (namespace, device, address, int(port))
    return call(secret_file, where, int(lifeline), argv[6:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
