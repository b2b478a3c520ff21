"""Copying images of the library from the controller, by this hypervisor's own credential.

Each content is copied once: over HTTP into a part beside its place, gone on with after an
interruption (RFC 9110, 14.2), and given its name only when its SHA-256 is the one that the job
asks for. It stays for the next VM, until no VM here has it and the libraries have it no more, or
room is needed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import json
import logging
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from designer.machine.images import shown_size
from designer.machine.resources import Image
from designer.planner.operations import Operation
from tasks.agent.credential import Credential
from tasks.agent.errors import Stopping
from tasks.agent.line import Line
from tasks.drivers.errors import OperationFailed
from tasks.drivers.library import Library

log = logging.getLogger("trunkline.images")

Tell = Callable[[str], None]
Check = Callable[[], None]

_STEP = 1 << 20
_TELL_EVERY = 0.5
_SILENCE = 30
"""Seconds without a byte after which a connection counts as lost."""
_TRIES = 6
"""Connections in a row that brought nothing."""
_PAUSE = 1.0
RESERVE = 64 << 20
"""Bytes that stay free for the VMs that run there already."""


class Copier:
    """Used by the hands' thread. ``in_use`` tells the contents that labs here need."""

    def __init__(self, credential: Credential, library: Library) -> None:
        self._credential, self._library = credential, library
        self.in_use: Callable[[], Collection[str]] = lambda: library.contents()

    def copy(
        self, operation: Operation, tell: Tell, check: Check, line: Line | None = None
    ) -> None:
        """Have the image of a create operation. ``tell`` hears how far it is; ``check`` is called
        time and again, and when the ``line`` is cut, and may raise: of what is cancelled nothing
        stays, of what is stopped what has come. Raises OperationFailed."""
        image = operation.after
        assert isinstance(image, Image)
        if self._library.has(image.sha256):
            return
        part = self._library.part(image.sha256)
        try:
            self._make_room(operation, image, part)
            self._fetch(operation, image, part, tell, check, line or Line())
            self._library.keep(image.sha256)
        except Stopping:
            if part.exists() and not part.stat().st_size:
                part.unlink()
            raise
        except OSError as error:
            part.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise self._no_room(operation, image) from None
            words = f"{error.filename or part}: {error.strerror or error}"
            raise OperationFailed(operation, error.errno, words) from error
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def _fetch(
        self, operation: Operation, image: Image, part: Path, tell: Tell, check: Check, line: Line
    ) -> None:
        hasher, done = hashlib.sha256(), 0
        with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b") as file:
            while piece := file.read(_STEP):  # what an earlier run has left
                hasher.update(piece)
                done += len(piece)
                check()
            if done > image.size:
                raise self._wrong(operation, image, f"{done} bytes instead of {image.size}")
            failures, told = 0, 0.0
            while done < image.size:
                before = done
                try:
                    with self._open(operation, image, done, line) as answer:
                        while piece := answer.read1(min(_STEP, image.size - done)):
                            file.write(piece)
                            hasher.update(piece)
                            done += len(piece)
                            check()
                            if (now := time.monotonic()) - told > _TELL_EVERY:
                                told = now
                                tell(_progress(image, done))
                    trouble = "the connection ended early"
                except (urllib.error.URLError, http.client.HTTPException, TimeoutError,
                        ConnectionError) as error:  # fmt: skip
                    trouble = str(getattr(error, "reason", "") or error)
                check()
                failures = 0 if done > before else failures + 1
                if done < image.size:
                    if failures >= _TRIES:
                        raise OperationFailed(
                            operation,
                            None,
                            f"{image.name} could not be copied from {self._credential.controller}: "
                            f"{trouble}",
                            "See whether the hypervisor reaches the controller, then deploy again.",
                        )
                    tell(f"{_progress(image, done)}; again, as {trouble}")
                    _wait(_PAUSE * failures, check)
            if hasher.hexdigest() != image.sha256:
                raise self._wrong(operation, image, f"SHA-256 {hasher.hexdigest()}")
            tell(_progress(image, done))
            file.flush()
            os.fsync(file.fileno())

    def _open(self, operation: Operation, image: Image, start: int, line: Line) -> Any:
        request = self._request(f"/agent/images/{image.sha256}")
        if start:
            request.add_header("Range", f"bytes={start}-")
        try:
            answer = line.open(request, _SILENCE)
        except urllib.error.HTTPError as error:
            with error:
                if error.code >= 500 or error.code == 429:
                    raise ConnectionError(f"HTTP {error.code}") from None
                words = _words(error.read(10_000)) or f"HTTP {error.code}"
            raise OperationFailed(
                operation,
                None,
                f"the controller does not give {image.name}: {words}",
                "Upload the image once more, then deploy again.",
            ) from None
        if start and answer.status != 206:
            answer.close()
            raise OperationFailed(
                operation,
                None,
                f"{self._credential.controller} cannot go on with half a file (HTTP "
                f"{answer.status})",
                "Deploy again; a proxy before the controller must let Range through.",
            )
        return answer

    def _request(self, path: str, body: bytes | None = None) -> urllib.request.Request:
        # The scheme was checked when this hypervisor was enrolled.
        url = self._credential.controller + path
        headers = {"Authorization": self._credential.bearer, "Accept": "*/*"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return urllib.request.Request(url, body, headers)  # noqa: S310

    # Room

    def _make_room(self, operation: Operation, image: Image, part: Path) -> None:
        """Copies that nothing here uses make room, the oldest first."""
        with contextlib.suppress(FileNotFoundError):
            if part.stat().st_size:
                return  # gone on with: most of it is there
        if self._fits(image):
            return
        used = self.in_use()
        idle = [one for one in self._library.contents() if one not in used]
        for sha256 in sorted(idle, key=lambda one: self._library.path(one).stat().st_mtime):
            log.info("Image %s makes room for %s", sha256[:12], image.name)
            self._library.remove(sha256)
            if self._fits(image):
                return
        raise self._no_room(operation, image)

    def _fits(self, image: Image) -> bool:
        return self._library.free() >= image.size + RESERVE

    def _no_room(self, operation: Operation, image: Image) -> OperationFailed:
        return OperationFailed(
            operation,
            errno.ENOSPC,
            f"{image.name} has {shown_size(image.size)}, and {self._library.folder} has "
            f"{shown_size(self._library.free())} left; nothing of it is kept",
            "Make room there, or place the host elsewhere.",
        )

    def _wrong(self, operation: Operation, image: Image, what: str) -> OperationFailed:
        return OperationFailed(
            operation,
            None,
            f"what came as {image.name} has {what}; nothing of it is kept",
            "Deploy again. If that does not help, upload the image once more.",
        )

    def tidy(self) -> bool:
        """Remove copies that nothing here uses and no library has any more; whether any went. A
        controller that does not answer is asked another time."""
        self._library.sweep_parts()
        used = self.in_use()
        idle = [one for one in self._library.contents() if one not in used]
        if not idle:
            return False
        try:
            request = self._request("/agent/images/known", json.dumps(idle).encode())
            with Line().open(request, _SILENCE) as answer:
                known = json.load(answer)
        except (OSError, ValueError, http.client.HTTPException) as error:
            log.info("Which images are still known is asked later: %s", error)
            return False
        gone = [one for one in idle if one not in known]
        for sha256 in gone:
            log.info("Image %s is in no library any more and goes", sha256[:12])
            self._library.remove(sha256)
        return bool(gone)


def _progress(image: Image, done: int) -> str:
    percent = 100 * done // max(1, image.size)
    return f"copying {image.name}: {percent} %, {shown_size(done)} of {shown_size(image.size)}"


def _wait(seconds: float, check: Check) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(0.1, left))
        check()


def _words(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, TypeError, KeyError):
        return ""
