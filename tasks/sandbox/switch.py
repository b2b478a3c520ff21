"""The two wires between hypervisors, in a namespace that is no hypervisor's and not the machine's.

`mgmt` carries the connection to the controller, `segment` is the physical LAN that designs draw:
eth1 is in it with an address, from which tunnels start, eth2 without one, to be a bridge's port.
The machine's own network namespace gets no link at all.
"""

from __future__ import annotations

from tasks.sandbox import addresses
from tasks.sandbox.machine import Machine

_BRIDGES = f"""\
link set lo up
link add mgmt type bridge stp_state 0 forward_delay 0 mcast_snooping 0
link add segment type bridge stp_state 0 forward_delay 0 mcast_snooping 0
address add {addresses.CONTROLLER}/{addresses.MGMT_PREFIX} dev mgmt
link set mgmt up
link set segment up
"""

_PLUG = """\
link add mgmt{index} type veth peer name eth0 netns {pid}
link add seg{index} type veth peer name eth1 netns {pid}
link add bare{index} type veth peer name eth2 netns {pid}
link set mgmt{index} master mgmt up
link set seg{index} master segment up
link set bare{index} master segment up
"""


class Switch(Machine):
    """Holds the bridges `mgmt` and `segment`; hypervisor N is on ports `mgmtN`, `segN` and
    `bareN`, veth pairs or taps."""

    def __init__(self) -> None:
        super().__init__("switch")

    def start(self) -> None:
        """Make the namespace and both bridges."""
        self.hold()
        self._batch(_BRIDGES)

    def plug(self, index: int, hypervisor: Machine) -> None:
        """Give a hypervisor its eth0 on `mgmt`, its eth1 and eth2 on `segment`."""
        # Read by an `ip` in our network namespace but in the machine's PID namespace, so that
        # `netns PID` finds the other end.
        self._batch(_PLUG.format(index=index, pid=hypervisor.init_pid))

    def join(self, index: int) -> None:
        """Take the taps of a hypervisor with a kernel of its own as its ports."""
        self._batch(
            f"link set mgmt{index} master mgmt\n"
            f"link set seg{index} master segment\n"
            f"link set bare{index} master segment\n"
        )

    def _batch(self, commands: str) -> None:
        self.in_network(["ip", "-batch", "-"], stdin=commands)
