"""The first program in the new kernel: guest.py SETTINGS_FILE

Makes the disk of the real machine usable without writing to it, names the NICs, loads modules and
then serves the command channel (`channel.py`). As PID 1 it collects orphans and switches the
machine off when the channel's server ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.sandbox import inside
    from tasks.sandbox.user_mode import channel
else:
    sys.path.append(os.path.dirname(os.path.dirname(__file__)))
    sys.path.append(os.path.dirname(__file__))
    import channel
    import inside

_POWER_OFF = 0x4321FEDC  # LINUX_REBOOT_CMD_POWER_OFF
_SAFE = inside.MS_NOSUID | inside.MS_NODEV


def main(settings: dict[str, Any]) -> None:
    """Boot, serve, and switch off. Never returns."""
    server = os.fork()
    if server == 0:
        try:
            serve(settings)
        except BaseException:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while os.wait()[0] != server:
        pass
    ctypes.CDLL(None).reboot(_POWER_OFF)


def serve(settings: dict[str, Any]) -> None:
    """Everything up to and including the command channel."""
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    socket.sethostname(settings["name"])
    _mount_all(settings)
    listener = _listen(settings)
    print(f"{settings['ready']} Uptime {time.clock_gettime(time.CLOCK_BOOTTIME):.1f} s", flush=True)
    channel.serve(listener, settings["secret"])


def _mount_all(settings: dict[str, Any]) -> None:
    inside.mount("proc", "/proc", "proc", _SAFE | inside.MS_NOEXEC)
    inside.mount("sysfs", "/sys", "sysfs", _SAFE | inside.MS_NOEXEC)
    _run(["modprobe", "-a", *settings["modules"]])
    for folder in ("/dev/pts", "/dev/shm"):  # noqa: S108  (a mount point, not a file's name)
        os.makedirs(folder, exist_ok=True)
    inside.mount("devpts", "/dev/pts", "devpts", inside.MS_NOSUID, "mode=600,ptmxmode=666")
    for number, name in enumerate(("fd", "stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number - 1}" if number else "/proc/self/fd", f"/dev/{name}")
    for folder in ("/dev/shm", "/run", "/tmp"):  # noqa: S108
        mode = "mode=755" if folder == "/run" else "mode=1777"
        inside.mount("tmpfs", folder, "tmpfs", _SAFE, mode)
    for folder in ("/run/netns", "/run/libvirt", "/run/lock", "/run/upper"):
        os.mkdir(folder)
    for folder in ("/etc", "/var"):
        upper, work = f"/run/upper{folder}", f"/run/upper{folder}.work"
        os.mkdir(upper)
        os.mkdir(work)
        layers = f"lowerdir={folder},upperdir={upper},workdir={work}"
        inside.mount("overlay", folder, "overlay", inside.MS_NODEV, layers)
    for source, target in settings["folders"]:
        os.makedirs(target, exist_ok=True)
        inside.mount("none", target, "hostfs", _SAFE, source)


def _listen(settings: dict[str, Any]) -> socket.socket:
    """Name the NICs; hide the one that carries commands in a network namespace of its own.

    No design, agent or inventory ever sees it. The socket stays in the namespace it was made in.
    """
    nics = enumerate(settings["nics"], start=1)
    lines = ["link set lo up", *(f"link set vec{number} name {name}" for number, name in nics)]
    for nic, address in settings["addresses"].items():
        bare = f"link set {nic} addrgenmode none"
        lines += [f"address add {address} dev {nic}" if address else bare, f"link set {nic} up"]
    made: list[socket.socket] = []
    failed: list[BaseException] = []

    def hidden() -> None:
        try:
            here = f"/proc/self/task/{threading.get_native_id()}/ns/net"
            before = os.open(here, os.O_RDONLY)
            inside.unshare(inside.CLONE_NEWNET)
            # Moved by an `ip` of the namespace it comes from, to this thread's.
            path = f"/proc/{os.getpid()}/task/{threading.get_native_id()}/ns/net"
            _run(
                ["nsenter", f"--net=/proc/self/fd/{before}", "ip", "-batch", "-"],
                [*lines, f"link set vec0 netns {path}"],
                keep=before,
            )
            address = f"address add {settings['address']}/{settings['prefix']} dev vec0"
            _run(["ip", "-batch", "-"], [address, "link set vec0 up"])
            made.append(socket.create_server((settings["address"], settings["port"]), backlog=64))
            os.close(before)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=hidden)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return made[0]


def _run(argv: Sequence[str], lines: Sequence[str] = (), keep: int | None = None) -> None:
    subprocess.run(
        argv,
        input="\n".join(lines) + "\n",
        text=True,
        check=True,
        pass_fds=() if keep is None else (keep,),
    )


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        main(json.load(file))
