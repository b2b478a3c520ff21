"""Who has which address on the two wires of the sandbox.

198.18.0.0/15 is set aside for testing networks (RFC 2544, RFC 6890): no user's LAN should have it.
"""

from __future__ import annotations

MGMT_PREFIX = 24
UNDERLAY_PREFIX = 24
CONTROLLER = "198.18.0.1"
"""The controller as every hypervisor sees it: the bridge `mgmt` in the switch."""

MOST_HYPERVISORS = 100
"""Of either kind. 1 to 100 are namespaces, 101 to 200 have kernels of their own, so that one that
comes later takes no other's address."""


def user_mode_index(number: int) -> int:
    """The index of the hypervisor with a kernel of its own that has this number, from 1."""
    return MOST_HYPERVISORS + number


def mgmt(index: int) -> str:
    """The address of the hypervisor's eth0; `index` counts from 1."""
    return f"198.18.0.{10 + index}"


def underlay(index: int) -> str:
    """The address of the hypervisor's eth1, from which VXLAN tunnels start."""
    return f"198.18.1.{10 + index}"
