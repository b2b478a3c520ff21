"""The agent's credential: who it is to its controller, made at enrolment, readable by it alone."""

from __future__ import annotations

import json
import stat
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tasks.agent import disk
from tasks.agent.errors import CredentialError


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """`controller` is the address that was enrolled with; `broker` is Redis as this agent may use
    it. Secrets stay out of logs: both are left out of repr()."""

    hypervisor: str
    name: str
    controller: str
    secret: str = field(repr=False)
    broker: str = field(repr=False)

    @property
    def websocket(self) -> str:
        """The address of the agent's websocket on the controller."""
        return self._socket("/agent/ws")

    @property
    def console_websocket(self) -> str:
        """The address of the sockets that consoles are carried over."""
        return self._socket("/agent/console")

    def _socket(self, path: str) -> str:
        parts = urlsplit(self.controller)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + path, "", ""))

    @property
    def host(self) -> str:
        """The controller's host, by name or address."""
        return urlsplit(self.controller).hostname or ""

    @property
    def bearer(self) -> str:
        return f"Bearer {self.hypervisor}.{self.secret}"


def path_in(state_dir: Path) -> Path:
    return state_dir / "credential.json"


def save(credential: Credential, state_dir: Path) -> Path:
    """Write it 0600 in `state_dir` (made 0700 if it is not there), replacing an older one."""
    path = path_in(state_dir)
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        disk.replace(path, json.dumps(asdict(credential), indent=1).encode() + b"\n")
    except OSError as error:
        raise CredentialError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def load(state_dir: Path) -> Credential:
    """Raises CredentialError: not enrolled, readable by others, or damaged."""
    path = path_in(state_dir)
    try:
        mode = path.stat().st_mode
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise CredentialError(
            f"{path}: is not there: this hypervisor is not enrolled. Run `python -m tasks.agent "
            "enrol` with a token from the controller"
        ) from None
    except OSError as error:
        raise CredentialError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise CredentialError(f"{path}: is damaged ({error}): enrol again") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise CredentialError(
            f"{path}: others may read or write it (mode {stat.S_IMODE(mode):04o}): enrol again, "
            "or if nobody saw it, chmod 0600"
        )
    try:
        return Credential(**document)
    except TypeError as error:
        raise CredentialError(f"{path}: is damaged ({error}): enrol again") from None
