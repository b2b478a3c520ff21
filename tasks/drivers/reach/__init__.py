"""Who reaches whom, tried without changing anything: echo requests from a network namespace, and
frames of our own on a card.

The entry is :class:`Reach`, which opens the sockets where they belong; packets are made and read
in :mod:`.echoes` and :mod:`.frames`, which do no IO. Sockets never wait: whoever opens one waits
for many at once by their descriptors.
"""

from tasks.drivers.reach.driver import Reach
from tasks.drivers.reach.echo_socket import EchoSocket
from tasks.drivers.reach.echoes import Answer
from tasks.drivers.reach.errors import CannotTry
from tasks.drivers.reach.frames import Heard, Probe
from tasks.drivers.reach.probe_socket import ProbeSocket

__all__ = ["Answer", "CannotTry", "EchoSocket", "Heard", "Probe", "ProbeSocket", "Reach"]
