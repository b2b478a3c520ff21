"""docker-compose.yml as Docker Compose reads it: services with commands and environments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"

_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


class NotSet(ValueError):
    """A variable that must be set is not; the message is the file's own."""


class Composition:
    """The services after ``${VARIABLE}`` was filled in, and host names replaced.

    ``hosts`` says what stands natively for a part of a text, such as "redis:6379".
    """

    def __init__(self, variables: Mapping[str, str], hosts: Mapping[str, str]) -> None:
        self._variables, self._hosts = variables, hosts
        self._services: Mapping[str, Any] = yaml.safe_load(FILE.read_text())["services"]

    def command(self, service: str) -> list[str]:
        return [self._native(word) for word in self._services[service]["command"]]

    def environment(self, service: str) -> dict[str, str]:
        values = self._services[service].get("environment", {})
        return {name: self._native(str(value)) for name, value in values.items()}

    def health(self, service: str) -> list[str]:
        """The command of its health check."""
        kind, *words = self._services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        return [self._native(word) for word in words]

    def _native(self, text: str) -> str:
        filled = _VARIABLE.sub(self._value, text)
        for there, here in self._hosts.items():
            filled = filled.replace(there, here)
        return filled

    def _value(self, found: re.Match[str]) -> str:
        name, sort, rest = found.groups()
        if self._variables.get(name):
            return self._variables[name]
        if sort == "?":
            raise NotSet(f"{name}: {rest}")
        return rest or ""
