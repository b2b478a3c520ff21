"""The three small programs that tie processes to their supervisor and to a machine's namespaces.

Run by path with `python -I -S`, so that they start in 20 ms and need nothing but the standard
library:

    inside.py hold SUPERVISOR_PID NAME RUN_ON_TMPFS [SOURCE TARGET]...
        becomes the parent of a new machine: PID, mount, network, UTS and IPC namespaces. Prints
        the PID of its init once everything is mounted. Ends, and takes every process, link and
        mount of the machine with it, when the supervisor ends, however it ends.

    inside.py enter INIT_PID PROGRAM [ARGUMENT]...
        runs a program in that machine as if it were this process: signals, exit status and death
        pass through in both directions.

    inside.py tether SUPERVISOR_PID PROGRAM [ARGUMENT]...
        the same without entering anything; ends the program when the supervisor ends.

The life line to the supervisor is a pidfd and not PR_SET_PDEATHSIG: the latter fires when the
*thread* that forked ends, and a sandbox may be started from a thread of pytest or of asyncio.
Below that, where each parent has one thread, PR_SET_PDEATHSIG does it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
import threading

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_SLAVE = 2, 4, 8, 4096, 16384, 1 << 19
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, doing: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{doing}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` for new ones (os.unshare needs Python 3.12)."""
    _checked(_libc.unshare(flags), "unshare")


def setns(path: str, flag: int = 0) -> None:
    """Move the calling thread into the namespace at `path` (os.setns needs Python 3.12)."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _checked(_libc.setns(descriptor, flag), f"setns {path}")
    finally:
        os.close(descriptor)


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """mount(2) with the arguments in its own order."""
    _checked(
        _libc.mount(
            source.encode(),
            target.encode(),
            kind.encode(),
            ctypes.c_ulong(flags),
            data.encode() or None,
        ),
        f"mount {kind or source} on {target}",
    )


def die_with_parent() -> None:
    """Ask the kernel for SIGKILL when the thread that forked this process ends."""
    _checked(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl PDEATHSIG")


def hold(supervisor: int, name: str, tmpfs_run: bool, binds: list[tuple[str, str]]) -> int:
    """Make the machine, then wait for the end of its supervisor or of its init."""
    lifeline = os.pidfd_open(supervisor)
    unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET)
    ready, tell = os.pipe()
    launcher = os.getpid()
    init = os.fork()
    if init == 0:
        os.close(ready)
        die_with_parent()
        _furnish(name, tmpfs_run, binds)
        os.write(tell, b"ready")
        os.close(tell)
        _reap_for_ever()
    os.close(tell)
    if os.read(ready, 5) != b"ready":
        os.waitpid(init, 0)
        return 1
    # SIGTERM must end the machine and be seen to have ended it: the default action would leave
    # before the kernel has torn the PID namespace down.
    asked, ask = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(ask)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    print(init, launcher, flush=True)
    waiting = select.poll()
    for descriptor in (lifeline, asked, os.pidfd_open(init)):
        waiting.register(descriptor, select.POLLIN)
    waiting.poll()
    with contextlib.suppress(ProcessLookupError):
        os.kill(init, signal.SIGKILL)
    os.waitpid(init, 0)
    return 0


def _furnish(name: str, tmpfs_run: bool, binds: list[tuple[str, str]]) -> None:
    """Give the new machine its own name, /proc, /sys, /run and private folders.

    Mounts are slaves: what the real machine mounts and unmounts later comes in, so that it is
    never kept from unmounting; nothing done here goes out. /run is a tmpfs of its own, which also
    hides the machine's D-Bus, systemd and network namespaces from libvirt and from `ip netns`.
    """
    socket.sethostname(name)
    mount("none", "/", "", MS_REC | MS_SLAVE)
    safe = MS_NOSUID | MS_NODEV | MS_NOEXEC
    mount("proc", "/proc", "proc", safe)
    mount("sysfs", "/sys", "sysfs", safe)
    mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=600,ptmxmode=666")
    if tmpfs_run:
        mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
        for folder in ("/run/netns", "/run/libvirt", "/run/lock"):
            os.mkdir(folder)
    for source, target in binds:
        mount(source, target, "", MS_BIND)


def _reap_for_ever() -> None:
    """Be init: collect orphans. The kernel lets no signal but the parent's SIGKILL through."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        signal.sigwait({signal.SIGCHLD})


def enter(init: int, argv: list[str]) -> int:
    """Run a program inside the machine and pass signals, its exit and our own death along."""
    folder = os.getcwd()
    for kind in ("pid", "uts", "ipc", "net", "mnt"):
        setns(f"/proc/{init}/ns/{kind}")
    os.chdir(folder)  # setns(mnt) moved us to /
    return _stand_in_for(_spawn(argv))


def tether(supervisor: int, argv: list[str]) -> int:
    """Run a program that must not outlive the supervisor."""
    lifeline = os.pidfd_open(supervisor)
    child = _spawn(argv)

    def watch() -> None:
        select.select([lifeline], [], [])
        os.kill(os.getpid(), signal.SIGKILL)  # and die_with_parent does the rest

    threading.Thread(target=watch, daemon=True).start()
    return _stand_in_for(child)


def _spawn(argv: list[str]) -> int:
    child = os.fork()
    if child == 0:
        die_with_parent()
        try:
            os.execvp(argv[0], argv)  # noqa: S606  (no shell is what we want)
        except OSError as error:
            print(f"{argv[0]}: {error.strerror}", file=sys.stderr, flush=True)
            os._exit(127 if isinstance(error, FileNotFoundError) else 126)
    return child


def _stand_in_for(child: int) -> int:
    """Be the child for whoever started us: take its signals, end as it ends."""

    def pass_on(number: int, _frame: object) -> None:
        os.kill(child, number)

    for number in (
        signal.SIGTERM,
        signal.SIGINT,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
    ):
        signal.signal(number, pass_on)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        death = os.WTERMSIG(status)
        if death != signal.SIGKILL:
            signal.signal(death, signal.SIG_DFL)
        os.kill(os.getpid(), death)
    return os.waitstatus_to_exitcode(status)


def main(argv: list[str]) -> int:
    """Dispatch to one of the three programs."""
    if argv[0] == "hold":
        binds = list(zip(argv[4::2], argv[5::2], strict=True))
        return hold(int(argv[1]), argv[2], argv[3] == "yes", binds)
    return {"enter": enter, "tether": tether}[argv[0]](int(argv[1]), argv[2:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
