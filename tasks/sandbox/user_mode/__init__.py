"""One machine with a kernel of its own, for what this machine's kernel cannot do (802.1Q).

    with UserModeMachine("uml1", folder, taps=["port1"]) as machine:
        machine.run(["modprobe", "8021q"])

User-mode Linux (`linux.uml` of Debian's package user-mode-linux) boots this machine's own file
system, so every program and virtual environment here is there too, and writes none of it. The
programs `host.py`, `guest.py` and `channel.py` run by path and import the standard library only.

What its kernel lacks: nftables tables of the families ip, ip6 and inet (those of iptables-legacy
are there), more than one CPU, and an MTU above 1500 on its NICs.
"""

from tasks.sandbox.user_mode.hypervisor import UserModeHypervisor
from tasks.sandbox.user_mode.machine import UserModeMachine

__all__ = ["UserModeHypervisor", "UserModeMachine"]
