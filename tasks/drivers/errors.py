"""What a driver raises, in the kernel's or libvirt's own words, with what the reader can do."""

from __future__ import annotations

import errno as e

from designer.planner.operations import Operation

_ADVICE = {
    e.EEXIST: "Something with this name is there already and is not this lab's. Rename the one "
    "in the drawing, or remove the other by hand.",
    e.EPERM: "The agent may not change the network here. Start it as root or with CAP_NET_ADMIN "
    "and CAP_SYS_ADMIN.",
    e.EACCES: "The agent may not change the network here. Start it as root or with CAP_NET_ADMIN "
    "and CAP_SYS_ADMIN.",
    e.EBUSY: "The kernel was still using it after several tries. Look for a program that holds "
    "it, and deploy again.",
    e.EAGAIN: "The kernel had no room for the answer after several tries. Deploy again.",
    e.ENETDOWN: "The card below is down. Deploy again: the plan then sets it up first.",
    e.ENODEV: "An interface that this step needs is gone. Deploy again: the plan is then made "
    "from what is there now.",
    e.ENOENT: "Something that this step needs is gone. Deploy again: the plan is then made from "
    "what is there now.",
    e.EOPNOTSUPP: "This hypervisor's kernel cannot do that. Its features are in its inventory.",
    e.EAFNOSUPPORT: "This hypervisor's kernel has that protocol switched off.",
    e.ENETUNREACH: "The gateway is on none of the networks of this machine. Give it an interface "
    "with an address in the gateway's network.",
    e.EHOSTUNREACH: "The gateway is on none of the networks of this machine. Give it an interface "
    "with an address in the gateway's network.",
    e.EADDRINUSE: "Another tunnel here has this VXLAN id and port already. Choose another id.",
    e.ERANGE: "The value is outside what the kernel allows. Change it in the drawing.",
    e.EINVAL: "The kernel does not take this value. Change it in the drawing.",
    e.EADDRNOTAVAIL: "The kernel does not take this address. Change it in the drawing.",
    e.ENOSPC: "The hypervisor has no room left.",
    e.ENOMEM: "The hypervisor has no memory left.",
    e.ELOOP: "These bridges would be ports of each other. Change the drawing.",
}
_ELSE = "Look at the hypervisor with the words above, then deploy again."


class OperationFailed(Exception):
    """``operation`` was refused. ``words`` are the kernel's or libvirt's own; ``errno`` is None
    where there is no number; ``advice`` says what the reader can do."""

    def __init__(
        self, operation: Operation, errno: int | None, words: str, advice: str | None = None
    ) -> None:
        self.operation = operation
        self.errno = errno
        self.words = words
        self.advice = advice_for(errno) if advice is None else advice
        super().__init__(f"{operation.action} {'/'.join(operation.key)}: {words}. {self.advice}")


class CannotAct(Exception):
    """An action was not done, or not wholly. ``words`` are libvirt's own or say what is in the
    way, ``advice`` says what the reader can do."""

    def __init__(self, words: str, advice: str = "") -> None:
        self.words, self.advice = words, advice
        super().__init__(f"{words} {advice}".strip())


class ObservationFailed(Exception):
    """What is there could not be read; the text says why. Nothing may be concluded from it."""


def advice_for(errno: int | None) -> str:
    """What to do about an error number."""
    return _ADVICE.get(errno, _ELSE) if errno is not None else _ELSE
