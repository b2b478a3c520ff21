"""libvirt's refusals in its own words, with what the reader can do."""

from __future__ import annotations

import libvirt

from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed

_BY_WORDS = (
    ("Cannot get interface MTU", "The bridge is not there any more. Deploy again: the plan is "
     "then made from what is there now."),
    ("already in use by interface", "Another interface of the hypervisor is in that subnet. Draw "
     "another one at the network, or none: a free one is chosen then."),
    ("accept_ra", "The hypervisor learns its IPv6 routes from a router, which forwarding ends. Set "
     "net.ipv6.conf.IFACE.accept_ra to 2 there, or draw the network without IPv6."),
    ("dnsmasq", "dnsmasq does not start. Look at the hypervisor's log (journalctl -u libvirtd): "
     "another DNS or DHCP server there may listen on every address."),
    ("Permission denied", "QEMU may not read a file of this VM. Let the user that QEMU runs as "
     "(user in /etc/libvirt/qemu.conf) into the image folder and the agent's state folder."),
    ("Cannot allocate memory", "The hypervisor has not this much memory. Give the VM less, or "
     "place it elsewhere."),
    ("cannot set up guest memory", "The hypervisor has not this much memory. Give the VM less, "
     "or place it elsewhere."),
    ("No space left", "Make room on the hypervisor's disk."),
    ("Could not access KVM", "KVM is gone. Restart the agent, which then tries it anew."),
    ("already defined with uuid", "A VM of that name is there already and was made by somebody "
     "else. Rename the one in the drawing, or remove the other by hand."),
)  # fmt: skip
_BY_CODE = {
    libvirt.VIR_ERR_NO_CONNECT: "Start libvirtd on the hypervisor (systemctl start libvirtd).",
    libvirt.VIR_ERR_SYSTEM_ERROR: "See that libvirtd runs on the hypervisor (systemctl status "
    "libvirtd), then deploy again.",
    libvirt.VIR_ERR_RPC: "See that libvirtd runs on the hypervisor (systemctl status libvirtd), "
    "then deploy again.",
    libvirt.VIR_ERR_AUTH_FAILED: "Let the agent use libvirt: start it as root or put its user "
    "into the group libvirt.",
    libvirt.VIR_ERR_CONFIG_UNSUPPORTED: "QEMU or libvirt here cannot do this. Change it in the "
    "drawing, or place the VM elsewhere.",
    libvirt.VIR_ERR_OPERATION_TIMEOUT: "Something else holds this VM. Look at what uses it, then "
    "deploy again.",
    libvirt.VIR_ERR_DOM_EXIST: "A VM of that name or UUID is there already and was made by "
    "somebody else. Rename the one in the drawing, or remove the other by hand.",
}
_ELSE = "Look at the hypervisor's /var/log/libvirt/qemu, then deploy again."
_ON_ACTION = {
    libvirt.VIR_ERR_OPERATION_TIMEOUT: "Something else holds this VM, such as a snapshot that is "
    "being taken. Wait for its end, or force the VM off.",
    libvirt.VIR_ERR_AGENT_UNRESPONSIVE: "The agent in the guest does not answer. Wait until it has "
    "booted, or force the VM off.",
    libvirt.VIR_ERR_CONFIG_UNSUPPORTED: "QEMU or libvirt here cannot do this with a VM like that.",
}


def failed(operation: Operation, error: libvirt.libvirtError) -> OperationFailed:
    """libvirt's error as the failure of an operation."""
    words = str(error.get_error_message() or error)
    number = error.get_int1() if error.get_error_code() == libvirt.VIR_ERR_SYSTEM_ERROR else 0
    advice = _by_words(words) or _BY_CODE.get(error.get_error_code(), _ELSE)
    return OperationFailed(operation, number if number > 0 else None, words, advice)


def advice_on_action(error: libvirt.libvirtError) -> str:
    """What to do where something that a person asked of a VM was refused."""
    code = error.get_error_code()
    known = _ON_ACTION.get(code) or _by_words(str(error.get_error_message() or error))
    return known or _BY_CODE.get(code, "Look at the hypervisor's /var/log/libvirt/qemu.")


def _by_words(words: str) -> str | None:
    return next((advice for part, advice in _BY_WORDS if part in words), None)
