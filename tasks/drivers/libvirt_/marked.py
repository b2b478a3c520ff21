"""A domain of a lab, found by its name and only with the lab's mark on it."""

from __future__ import annotations

from typing import Any

import libvirt

from tasks.drivers.libvirt_ import reading
from tasks.drivers.libvirt_.connection import is_missing
from tasks.drivers.reach.errors import CannotTry


def marked(connection: Any, lab: str, domain: str) -> Any:
    """libvirt's handle of it. Raises CannotTry, and libvirtError where libvirt does not answer."""
    try:
        handle = connection.lookupByName(domain)
        mark = reading.mark_of(reading.parse(handle.XMLDesc()))
    except libvirt.libvirtError as error:
        if is_missing(error):
            raise CannotTry(f"There is no VM {domain} here: deploy the lab.") from None
        raise
    if mark is None or mark.lab != lab:
        raise CannotTry(f"The VM {domain} does not carry this lab's mark.")
    return handle
