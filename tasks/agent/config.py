"""The agent's configuration file: what the hypervisor's operator decided, checked when read.

name: hv1                          # as it is shown in the designer
state_dir: /var/lib/trunkline      # credential, journals, records of what is applied
images_dir: /srv/images            # where VMs' kernels and disk images are taken from
protected_nics: [eth0]             # no design may touch these, whatever the controller says
libvirt_uri: qemu:///system        # "" for a hypervisor without libvirt
confirm_within: 30                 # seconds: a change to the NIC with the hypervisor's addresses is
                                   # put back unless the controller is reached again by then
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tasks.agent.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_LIBVIRT = "qemu:///system"
_KEYS = ("name", "state_dir", "images_dir", "protected_nics", "libvirt_uri", "confirm_within")
_CONFIRM_WITHIN = 30
_LONGEST = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """As the file says; `images_dir` is ``images`` in the state folder where it does not."""

    name: str
    state_dir: Path
    images_dir: Path
    protected_nics: tuple[str, ...] = ()
    libvirt_uri: str = _LIBVIRT
    confirm_within: int = _CONFIRM_WITHIN
    controller: str = ""
    """The controller's host. Not from the file: from the credential."""


def load(path: Path) -> Config:
    """Read and check. Raises ConfigError, which names the file, the key and what would be right."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not YAML: {error}") from None
    if not isinstance(document, Mapping):
        raise ConfigError(f"{path}: must be a mapping with the keys {', '.join(_KEYS)}")
    for key in document:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_KEYS)}"
            raise ConfigError(f"{path}: {key}: unknown key, {hint}")
    name = _text(path, document, "name")
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{path}: name: {name!r} must be 1 to 63 letters, digits, '.', '_' or '-', "
            "a letter or digit first"
        )
    state_dir = _folder(path, document, "state_dir")
    return Config(
        name=name,
        state_dir=state_dir,
        images_dir=_folder(path, document, "images_dir", state_dir / "images"),
        protected_nics=_names(path, document, "protected_nics"),
        libvirt_uri=_text(path, document, "libvirt_uri", _LIBVIRT),
        confirm_within=_seconds(path, document, "confirm_within", _CONFIRM_WITHIN),
    )


def _seconds(path: Path, document: Mapping[str, object], key: str, default: int) -> int:
    value = document.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _LONGEST:
        raise ConfigError(f"{path}: {key}: {value!r} must be whole seconds, 1 to {_LONGEST}")
    return value


def _text(path: Path, document: Mapping[str, object], key: str, default: str | None = None) -> str:
    value = document.get(key, default)
    if value is None:
        raise ConfigError(f"{path}: {key}: is missing")
    if not isinstance(value, str):
        raise ConfigError(f"{path}: {key}: {value!r} must be text")
    return value


def _folder(
    path: Path, document: Mapping[str, object], key: str, default: Path | None = None
) -> Path:
    text = _text(path, document, key, None if default is None else str(default))
    if not text.startswith("/"):
        raise ConfigError(f"{path}: {key}: {text!r} must be an absolute path, such as /var/lib/…")
    return Path(text)


def _names(path: Path, document: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = document.get(key) or []
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ConfigError(f"{path}: {key}: must be a list of interface names, such as [eth0]")
    for name in value:
        if not 1 <= len(name.encode()) <= 15 or "/" in name or any(c.isspace() for c in name):
            raise ConfigError(
                f"{path}: {key}: {name!r} is no interface name: at most 15 bytes, no space, no '/'"
            )
    return tuple(value)
