"""Observe and perform on a hypervisor: netlink, nftables, libvirt. Nothing else imports those.

May import the machine and planner vocabularies of the designer, and nothing of Django.
"""

from tasks.drivers.errors import ObservationFailed, OperationFailed
from tasks.drivers.kernel import Kernel
from tasks.drivers.machine import Machine, MachineConfig, Watch

__all__ = ["Kernel", "Machine", "MachineConfig", "ObservationFailed", "OperationFailed", "Watch"]
