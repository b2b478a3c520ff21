"""libvirt's handles of domains, by name. They come and go while we look."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import libvirt

from tasks.drivers.libvirt_.connection import Connection, is_missing

T = TypeVar("T")


class Handles:
    """On the connection that the driver has."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def on(self, name: str, what: Callable[[Any], T]) -> T | None:
        """Do something with a domain by its name; None where there is none of that name. Raises
        libvirtError."""

        def look_up(connection: Any) -> T | None:
            with unless_gone():
                return what(connection.lookupByName(name))
            return None

        return self._connection.do(look_up)


@contextlib.contextmanager
def unless_gone() -> Iterator[None]:
    """What is done with a domain that is gone meanwhile, is left."""
    try:
        yield
    except libvirt.libvirtError as error:
        if not is_missing(error):
            raise
