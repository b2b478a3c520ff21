"""The configuration a libvirtd gets that has a hypervisor of its own but no systemd and no cgroup.

Option names and meanings: the commented defaults that libvirt installs as /etc/libvirt/*.conf.
"""

from __future__ import annotations

import uuid
from pathlib import Path

LIBVIRTD_CONF = """\
# Reached over its unix socket only, by root only.
unix_sock_group = "root"
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_level = 3
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
# A hypervisor of its own: not the UUID the machine's firmware gives, which all would share.
host_uuid = "{host_uuid}"
"""

QEMU_CONF = """\
# QEMU runs as root inside namespaces that end with the sandbox; the files it opens are ours.
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
# No cgroup is mounted here, and a second layer of private /dev would hide /dev/net/tun.
cgroup_controllers = [ ]
namespaces = [ ]
# Consoles and logs go through virtlogd, which rotates them: an unread console fills no disk.
stdio_handler = "logd"
"""

FEW_QUESTIONS = """\
# At the start of a VM libvirt asks QEMU for some 400 properties of the processor, one by one, and
# QEMU reads each question byte by byte: most of ten seconds in a kernel in user mode. With this it
# asks for all of them at once.
capability_filters = [ "cpu-unavailable-features" ]
"""
"""For qemu.conf (virQEMUCaps, qemuProcessFetchGuestCPU)."""

CONSOLE_SIZE, CONSOLE_BACKUPS = 256 * 1024, 3
"""Bytes of a console's log, and how many full ones are kept beside it."""

VIRTLOGD_CONF = f"""\
log_level = 3
log_outputs = "3:file:/var/log/libvirt/virtlogd.log"
# Many hypervisors on one disk: an eighth of what a console may fill elsewhere.
max_size = {CONSOLE_SIZE}
max_backups = {CONSOLE_BACKUPS}
"""

_HOST_UUIDS = uuid.UUID("6a7d2f0e-2f0b-4d43-9b5c-7d0a4f1d8c11")


def write(folder: Path, hypervisor: str, *, few_questions: bool = False) -> None:
    """Fill the folder that becomes /etc/libvirt. No default network: a bare hypervisor.
    ``few_questions`` to QEMU, where each of them takes long.

    What libvirt keeps there itself (the definitions of domains and networks) is left alone, as
    on a machine that was switched off and on.
    """
    for inner in ("qemu/networks/autostart", "qemu/autostart", "nwfilter", "storage", "secrets"):
        (folder / inner).mkdir(parents=True, exist_ok=True)
    host_uuid = uuid.uuid5(_HOST_UUIDS, hypervisor)
    (folder / "libvirtd.conf").write_text(LIBVIRTD_CONF.format(host_uuid=host_uuid))
    (folder / "qemu.conf").write_text(QEMU_CONF + (FEW_QUESTIONS if few_questions else ""))
    (folder / "virtlogd.conf").write_text(VIRTLOGD_CONF)
