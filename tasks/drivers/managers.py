"""NetworkManager and systemd-networkd, where they run, are told to leave a lab's links alone.

Each by a file of its own for each lab, under /run, so that none outlives a restart, and with the
lab's links and the cards lent to it named one by one: whatever else there is stays theirs. The
files are the lab's and go with its last link.

A link of ours is named before it is made. A card is named only once what was on it has moved, and
until it has moved back: whoever manages a link takes away what he gave it when he is told to leave
it. NetworkManager sets it down, too, and it is set up again.
"""

from __future__ import annotations

import logging
import re
import socket
import subprocess
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from designer.machine.resources import Bridge, Physical, Veth, Vlan, Vxlan
from designer.planner.operations import Operation
from tasks.drivers.netlink import constants as c
from tasks.drivers.netlink import wire
from tasks.drivers.netlink.sockets import NetlinkSocket
from tasks.drivers.netlink.wire import Request

log = logging.getLogger(__name__)

_MADE = (Bridge, Veth, Vxlan, Vlan)
_WITHIN = 5
"""Seconds for a manager to read its files anew, and to let go of a link."""
_HEAD = (
    "# trunkline:{lab} Written and removed by Trunkline's agent: links of a lab, which it alone\n"
    "# sets up. Nothing else is left alone because of this file.\n"
)


@dataclass(frozen=True, slots=True)
class _Manager:
    """``alive`` is there while it runs; ``file`` names the lab; ``text`` takes the links."""

    alive: str
    file: str
    text: str
    link: str
    between: str
    reload: tuple[str, ...]
    state: tuple[str, ...] = ()
    """What says how it stands with a link, where letting go of one sets it down."""
    gone: str = ""
    """How that begins once it has let go."""


_MANAGERS = (
    # systemd.network(5): the first file that matches a link is the one that counts.
    _Manager(
        alive="systemd/netif/state",
        file="systemd/network/00-trunkline-{lab}.network",
        text="[Match]\nName={links}\n\n[Link]\nUnmanaged=yes\n",
        link="{}",
        between=" ",
        reload=("networkctl", "reload"),
    ),
    # NetworkManager.conf(5), "DEVICE SECTION"; files here come after those of /etc.
    _Manager(
        alive="NetworkManager",
        file="NetworkManager/conf.d/90-trunkline-{lab}.conf",
        # The first counts when a link comes, the second also for one that it manages already.
        text="[device-trunkline-{lab}]\nmatch-device={links}\nmanaged=0\n\n"
        "[keyfile]\nunmanaged-devices+={links}\n",
        link="interface-name:={}",
        between=";",
        reload=("nmcli", "general", "reload", "conf"),
        state=("nmcli", "--get-values", "GENERAL.STATE", "device", "show", "{}"),
        gone="10 ",
    ),
)


class Managers:
    """``run`` is where their files and ours are."""

    def __init__(self, run: Path = Path("/run")) -> None:
        self._run = run

    def before(self, operations: Sequence[Operation], lab: str) -> None:
        """Links of ours that are about to be made."""
        made = {
            end.name
            for one in operations
            if one.action == "create"
            for end in (one.after, one.peer_after)
            if isinstance(end, _MADE) and end.netns == ""
        }
        self._name(lab, more=made)

    def after(self, operations: Sequence[Operation], lab: str) -> None:
        """Cards that were lent; links and cards that are gone from the lab."""
        lent = {
            one.after.name
            for one in operations
            if isinstance(one.after, Physical) and one.after.master is not None
        }
        gone = {
            end.name
            for one in operations
            if one.action == "delete"
            for end in (one.before, one.peer_before)
            if isinstance(end, (*_MADE, Physical)) and end.netns == ""
        }
        self._name(lab, more=lent, less=gone)

    def _name(self, lab: str, more: Collection[str] = (), less: Collection[str] = ()) -> None:
        if more or less:
            for manager in _MANAGERS:
                try:
                    self._tell(manager, lab, more, less)
                except (OSError, subprocess.SubprocessError) as error:
                    log.warning("%s could not be told of %s: %s", manager.reload[0], lab, error)

    def _tell(
        self, manager: _Manager, lab: str, more: Collection[str], less: Collection[str]
    ) -> None:
        path = self._run / manager.file.format(lab=lab)
        named = _named(manager, path)
        wanted = named.union(more).difference(less)
        if wanted == named or not (named or (self._run / manager.alive).exists()):
            return
        if wanted:
            links = manager.between.join(manager.link.format(one) for one in sorted(wanted))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_HEAD.format(lab=lab) + manager.text.format(lab=lab, links=links))
            path.chmod(0o644)  # they read it as users of their own
        else:
            path.unlink(missing_ok=True)
        if (self._run / manager.alive).exists():
            up = [one for one in wanted.difference(named) if _is_up(one)] if manager.state else []
            self._reload(manager)
            for name in up:
                _let_go(manager, name)

    def _reload(self, manager: _Manager) -> None:
        try:
            subprocess.run(manager.reload, check=True, capture_output=True, timeout=_WITHIN)
        except subprocess.SubprocessError as error:
            log.warning("%s: %s", " ".join(manager.reload), error)


def _is_up(name: str) -> bool:
    try:
        flags = Path(f"/sys/class/net/{name}/flags").read_text()
    except OSError:
        return False
    return bool(int(flags, 16) & c.IFF_UP)


def _let_go(manager: _Manager, name: str) -> None:
    """Wait until the manager has let go of a link that was up, and set it up again."""
    ask = [word.format(name) for word in manager.state]
    deadline = time.monotonic() + _WITHIN
    told = ""
    while not told.startswith(manager.gone):
        if time.monotonic() > deadline:
            log.warning("%s does not leave %s alone: it says %s", ask[0], name, told or "nothing")
            return
        done = subprocess.run(ask, capture_output=True, text=True, timeout=_WITHIN, check=False)
        told = done.stdout.strip()
    body = wire.LINK.pack(0, 0, socket.if_nametoindex(name), c.IFF_UP, c.IFF_UP)
    with NetlinkSocket() as kernel:
        if failed := kernel.send([Request(c.RTM_NEWLINK, body)]):
            log.error("%s cannot be set up again: %s", name, failed[0].words)


def _named(manager: _Manager, path: Path) -> set[str]:
    """The links that a file of ours names."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return set()
    found = re.search(r"^(?:Name|match-device)=(.*)$", text, re.MULTILINE)
    words = found[1].split(manager.between) if found else []
    return {word.removeprefix("interface-name:=") for word in words if word}
