"""libvirt: domains and networks of ours observed, made, changed and removed.

Nothing else imports the libvirt library. The entry is :class:`Libvirt`; one concern to a file:
the connection, the XML written, the XML read, domains observed, made, started, changed while they
run, and what people do to them; networks, disks, acceleration, events, programs in guests,
consoles.
"""

from tasks.drivers.libvirt_.driver import Libvirt

__all__ = ["Libvirt"]
