"""The kernel's network, over netlink: one file for each kind of resource."""

from tasks.drivers.kernel.driver import Kernel

__all__ = ["Kernel"]
