"""A sandbox hypervisor made of namespaces: this machine's kernel, a network of its own."""

from __future__ import annotations

from pathlib import Path

from tasks.sandbox import addresses
from tasks.sandbox.hypervisor import Hypervisor
from tasks.sandbox.machine import Machine
from tasks.sandbox.switch import Switch

_NETWORK = """\
link set lo up
address add {mgmt}/{mgmt_prefix} dev eth0
address add {underlay}/{underlay_prefix} dev eth1
link set eth0 up
link set eth1 mtu 1500 up
link set eth2 addrgenmode none
link set eth2 mtu 1500 up
"""


class NamespaceHypervisor(Machine, Hypervisor):
    """Starts in a tenth of a second, and can what this machine's kernel can."""

    def __init__(self, name: str, index: int, path: Path, cache_dir: Path) -> None:
        Machine.__init__(self, name)
        Hypervisor.__init__(self, index, path, cache_dir)

    @property
    def libvirt_uri_outside(self) -> str:
        """libvirt of this hypervisor as a program of the real machine reaches it."""
        return f"qemu+unix:///system?socket={self.root_path}/run/libvirt/libvirt-sock"

    def power_on(self, switch: Switch, *, libvirt: bool) -> None:
        """Make its namespaces over its folders, then its NICs."""
        binds = self.prepare_folders()
        if libvirt:
            # Debian's libvirt-daemon comes without them; libvirtd would make them by itself.
            for _, target in binds:
                Path(target).mkdir(parents=True, exist_ok=True)
        self.hold(binds if libvirt else ())
        switch.plug(self.index, self)
        self.in_network(
            ["ip", "-batch", "-"],
            stdin=_NETWORK.format(
                mgmt=self.mgmt_address,
                mgmt_prefix=addresses.MGMT_PREFIX,
                underlay=self.underlay_address,
                underlay_prefix=addresses.UNDERLAY_PREFIX,
            ),
        )
