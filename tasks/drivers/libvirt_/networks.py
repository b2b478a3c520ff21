"""libvirt's networks: observed, made, changed and removed.

libvirt itself makes the bridge, starts dnsmasq for DHCP and DNS, and puts its packet filter around
it. As with domains, everything is idempotent, and what does not carry the lab's mark is never
touched.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import libvirt
from lxml import etree

from designer.machine.marks import Mark
from designer.machine.resources import DhcpRange, Key, Network, StaticLease
from designer.machine.state import NetworkFacts
from designer.planner.comparing import COUNTED, LIVE_OF_NETWORK, differing, must_replace
from designer.planner.operations import Operation
from tasks.drivers.errors import OperationFailed
from tasks.drivers.libvirt_ import leases, network_xml, reading
from tasks.drivers.libvirt_.connection import Connection

T = TypeVar("T")

_LIVE = libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE
_CONFIG = libvirt.VIR_NETWORK_UPDATE_AFFECT_CONFIG
_DELETE = libvirt.VIR_NETWORK_UPDATE_COMMAND_DELETE
_ADD = libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST
_SECTIONS = {
    DhcpRange: libvirt.VIR_NETWORK_SECTION_IP_DHCP_RANGE,
    StaticLease: libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST,
}
_NO_DRIVER = frozenset({libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_NO_CONNECT})


class Networks:
    """The networks of one libvirt."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # Observe

    def usable(self) -> bool:
        """Whether libvirt has its network driver, and dnsmasq is there for it."""
        if shutil.which("dnsmasq", path="/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin") is None:
            return False
        try:
            self._connection.do(lambda connection: connection.listAllNetworks(), wait=0)
        except libvirt.libvirtError:
            return False
        return True

    def facts(self) -> tuple[NetworkFacts, ...]:
        """Every network by name, for the inventory; none where libvirt cannot say."""
        try:
            return self._connection.do(lambda connection: tuple(self._facts(connection)), wait=0)
        except libvirt.libvirtError:
            return ()

    def _facts(self, connection: Any) -> Iterator[NetworkFacts]:
        for handle in sorted(connection.listAllNetworks(), key=lambda one: str(one.name())):
            with _unless_gone():
                active = bool(handle.isActive())
                yield network_xml.facts_of(reading.parse(handle.XMLDesc()), active=active)

    def observe(self, lab: str, keys: Collection[Key]) -> list[Network]:
        """Every network of the lab, and whatever stands under those keys. Raises libvirtError."""
        names = {key[1] for key in keys if key[0] == "network"}
        return self._connection.do(lambda connection: list(self._observe(connection, lab, names)))

    def _observe(self, connection: Any, lab: str, names: Collection[str]) -> Iterator[Network]:
        for handle in _listed(connection):
            with _unless_gone():
                found = _read(handle)
                if found.owner == lab or found.name in names:
                    yield found

    def bridges(self, connection: Any) -> dict[str, str]:
        """The bridge of each network by the network's name."""
        found = {}
        for handle in _listed(connection):
            with contextlib.suppress(libvirt.libvirtError):  # gone, or it has no bridge
                found[handle.name()] = handle.bridgeName()
        return found

    def all_leases(self) -> dict[str, leases.ByMac]:
        """Of every network, by its name; none where libvirt does not answer."""
        try:
            return self._connection.do(
                lambda connection: {
                    one.name(): leases.read(connection, one.name()) for one in _listed(connection)
                },
                wait=0,
            )
        except libvirt.libvirtError:
            return {}

    # Perform

    def perform(self, operation: Operation, mark: Mark) -> None:
        """Carry out one operation on a network. Raises OperationFailed and libvirtError."""
        if operation.action == "delete":
            self._ours(operation, operation.key[1], mark)
            self._remove(operation.key[1])
            return
        wanted = operation.after
        assert isinstance(wanted, Network)
        there = self._ours(operation, wanted.name, mark)
        if there is not None:
            fields = differing(wanted, there)
            if not must_replace(wanted, fields):
                self._bring(wanted, there, fields, mark)
                return
            self._remove(wanted.name)
        try:
            self._define(wanted, mark)
        except BaseException:
            with contextlib.suppress(libvirt.libvirtError):
                self._remove(wanted.name)
            raise

    def _ours(self, operation: Operation, name: str, mark: Mark) -> Network | None:
        """The network of that name, if there is one; OperationFailed where it is not the lab's."""
        there = self._on(name, _read)
        if there is not None and there.owner != mark.lab:
            whose = f"belongs to the lab {there.owner}" if there.owner else "is not Trunkline's"
            raise OperationFailed(operation, errno.EEXIST, f"The network {name} {whose}")
        return there

    def _bring(self, wanted: Network, there: Network, fields: tuple[str, ...], mark: Mark) -> None:
        """Make a standing network of ours as it should be, live where libvirt can."""
        if not fields:
            return
        if not LIVE_OF_NETWORK.issuperset(fields):
            self._stop(wanted.name)
            self._define(wanted, mark)
            return
        edited = "edited" in fields
        # What is kept for the next start is written anew then: it is no base for updates.
        flags = (0 if edited else _CONFIG) | (_LIVE if there.running else 0)
        for field in ("ranges", "leases"):
            if field in fields:
                before, after = getattr(there, field) or (), getattr(wanted, field) or ()
                gone = [(_DELETE, one) for one in before if one not in after]
                new = [(_ADD, one) for one in after if one not in before]
                for command, entry in (*gone, *new):
                    self._update(wanted.name, command, entry, flags)
        if edited:
            # As it runs, with the MAC address of its bridge.
            self._on(
                wanted.name, lambda handle: handle.connect().networkDefineXML(handle.XMLDesc())
            )
        if not wanted.running:
            self._stop(wanted.name)
        self._settle(wanted)

    def _update(self, name: str, command: int, entry: DhcpRange | StaticLease, flags: int) -> None:
        xml = etree.tostring(network_xml.entry_element(entry), encoding="unicode")

        def update(handle: Any) -> None:
            subnets = network_xml.addresses_of(reading.parse(handle.XMLDesc()))
            place = next(
                (at for at, one in enumerate(subnets) if network_xml.subnet_holds(one, entry)), -1
            )
            handle.update(command, _SECTIONS[type(entry)], place, xml, flags)

        self._on(name, update)

    def _define(self, wanted: Network, mark: Mark) -> None:
        xml = network_xml.network_xml(wanted, mark)
        self._connection.do(lambda connection: connection.networkDefineXML(xml))
        self._settle(wanted)

    def _settle(self, wanted: Network) -> None:
        """Running and started by itself, or not, as wanted."""

        def settle(handle: Any) -> None:
            if wanted.running and not handle.isActive():
                handle.create()
            if wanted.autostart is not None and bool(handle.autostart()) != wanted.autostart:
                handle.setAutostart(wanted.autostart)

        self._on(wanted.name, settle)

    def _stop(self, name: str) -> None:
        def stop(handle: Any) -> None:
            if handle.isActive():
                handle.destroy()

        self._on(name, stop)

    def _remove(self, name: str) -> None:
        self._stop(name)

        def undefine(handle: Any) -> None:
            if handle.isPersistent():  # else it went when it was stopped
                handle.undefine()

        self._on(name, undefine)

    def _on(self, name: str, what: Callable[[Any], T]) -> T | None:
        """Do something with a network by its name; None where there is none of that name."""

        def look_up(connection: Any) -> T | None:
            with _unless_gone():
                return what(connection.networkLookupByName(name))
            return None

        return self._connection.do(look_up)


def _listed(connection: Any) -> list[Any]:
    """None where this libvirt has no network driver."""
    try:
        return list(connection.listAllNetworks())
    except libvirt.libvirtError as error:
        if error.get_error_code() not in _NO_DRIVER:
            raise
        return []


def _read(handle: Any) -> Network:
    active, autostart = bool(handle.isActive()), bool(handle.autostart())

    def read(flags: int = 0) -> Network:
        root = reading.parse(handle.XMLDesc(flags))
        return network_xml.network_of(root, active=active, autostart=autostart)

    found = read()
    if active and handle.isPersistent():
        kept = read(libvirt.VIR_NETWORK_XML_INACTIVE)
        fields = (*COUNTED[Network], "owner")
        edited = tuple(one for one in fields if getattr(kept, one) != getattr(found, one))
        found = replace(found, edited=edited)
    return found


@contextlib.contextmanager
def _unless_gone() -> Iterator[None]:
    """Networks come and go while we look."""
    try:
        yield
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_NETWORK:
            raise
