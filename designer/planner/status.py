"""What each drawn thing is in by what was observed: its state, the words for it, and facts.

Every key of a machine state has an origin, the ref of what was drawn ("interfaces/c1:eth0"). A
ref with several keys (an interface with its veth end and its addresses) is as well as the worst
of them. Two kinds of origin have keys that no resource has: ("nic", DOMAIN, MAC) is a VM's
interface, and ("cable", "interfaces/…") is the link that is plugged in there; a link shows the
worst of its ends. With more behind the ref, ("cable", "links/…", "trunk", ID), it is what that
goes over, beside others: a trunk, a NIC, a segment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    DomainNic,
    Image,
    Key,
    Link,
    Module,
    Namespace,
    NatTable,
    Network,
    Parent,
    Physical,
    Port,
    Resource,
    Route,
    Veth,
    Vlan,
    Vxlan,
)
from designer.machine.state import MachineState
from designer.planner import asking
from designer.planner import words as said
from designer.planner.comparing import is_as_asked, place_of, vlans_of
from designer.planner.differing import Difference, differences, owner_of, peer_key
from designer.planner.moving import held_with, listed
from designer.topology.vlans import shown

Fact = str | int | bool | list[str]

_OF_LINKS = ("stp_state", "carrier")
_OF_ENDS = (*_OF_LINKS, "plugged", "parent", "vlan", "pvid", "untagged", "tagged")
"""Facts of its ends that a link shows too; where many things go over it, none is its VLAN."""

PULLED = "The cable is unplugged, as the design says."

_WORST = ("ok", "pending", "degraded", "drift", "absent")


@dataclass(frozen=True, slots=True)
class Status:
    """``state`` is ok, pending, degraded, drift or absent; ``detail`` says why, in words."""

    state: str
    detail: str = ""
    facts: dict[str, Fact] = field(default_factory=dict)


@dataclass(slots=True)
class _Gathering:
    """What is known of one ref while its keys are looked at."""

    keys: int = 0
    missing: int = 0
    states: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[str, Fact] = field(default_factory=dict)

    def say(self, state: str, detail: str) -> None:
        if detail not in self.states[state]:
            self.states[state].append(detail)

    def status(self) -> Status:
        if self.keys and self.missing == self.keys:
            return Status("absent", " ".join(self.states["absent"][:1]), self.facts)
        found = {"drift" if state == "absent" else state for state in self.states}
        worst = max(found, key=_WORST.index, default="ok")
        said = self.states.get(worst, []) + (
            self.states.get("absent", []) if worst == "drift" else []
        )
        return Status(worst, " ".join(said), self.facts)


def statuses(
    desired: MachineState,
    observed: MachineState,
    lab: str,
    origins: Mapping[Key, str],
    macs: Mapping[str, str] | None = None,
) -> dict[str, Status]:
    """The status of every ref with something on this hypervisor. Linear.

    ``macs`` names the interface refs of VMs by MAC where ``origins`` has no ("nic", …) keys.
    """
    refs: dict[str, _Gathering] = defaultdict(_Gathering)
    found = {one.key: one for one in differences(desired, observed, lab)}
    pulled, wanted_pulled = _pulled(observed), _pulled(desired)
    for key, wanted in desired.resources.items():
        ref = origins.get(key)
        if ref is not None:
            there = observed.get(key)
            _look_at(refs[ref], wanted, there, found.get(key), key in wanted_pulled)
            if isinstance(there, Physical) and there.owner == lab:
                _brought(refs[ref], there, observed, lab)
            if isinstance(wanted, Veth | Vxlan | Vlan):
                refs[ref].facts["plugged"] = key not in pulled
    for domain in desired.of_type(Domain):
        _cards(refs, domain, observed.get(domain.key), origins, macs or {})
    _extras(refs, found.values(), observed, origins)
    _strange_ports(refs, desired, observed, lab, origins)
    done = {ref: gathering.status() for ref, gathering in refs.items()}
    return done | _cables(done, origins)


def _pulled(state: MachineState) -> set[Key]:
    """The links of which an end is down, with their other ends."""
    found: set[Key] = set()
    for one in state.of_type(Veth, Vxlan, Vlan):
        if not one.up:
            found.add(one.key)
            if isinstance(one, Veth):
                found.add(peer_key(one))
    return found


def _look_at(
    at: _Gathering,
    wanted: Resource,
    there: Resource | None,
    difference: Difference | None,
    pulled: bool,
) -> None:
    at.keys += 1
    if there is None or (difference is not None and difference.kind in ("missing", "foreign")):
        at.missing += 1
        at.say("absent", difference.message if difference else "It is not there.")
        return
    if difference is not None:
        lying = difference.fields == ("running",) and isinstance(there, Domain)
        if not (lying and isinstance(wanted, Domain) and wanted.running):
            at.say("drift", difference.message)
    match there:
        case Bridge() | Veth() | Vxlan() | Vlan() | Physical():
            _link(at, wanted, there, pulled)
        case Address():
            shown = at.facts.setdefault("addresses", [])
            assert isinstance(shown, list)
            shown.append(there.address)
        case Domain() if isinstance(wanted, Domain):
            _domain(at, wanted, there)
        case Network():
            _network(at, there)
        case Namespace():
            at.facts["namespace"] = there.name
            at.facts["forwarding"] = there.forwarding
        case Route() | NatTable() | Parent() | Module() | Image():
            pass


def _link(at: _Gathering, wanted: Resource, there: Link, pulled: bool) -> None:
    facts: dict[str, Fact | None] = {
        "device": there.name,
        "namespace": there.netns or None,
        "index": there.index,
        "mac": there.mac,
        "mtu": there.mtu,
        "carrier": there.running,
        "bridge": there.master,
        "stp_state": there.port.state if there.port else None,
        "stp": there.stp if isinstance(there, Bridge) else None,
        "vni": there.vni if isinstance(there, Vxlan) else None,
        "parent": there.device if isinstance(there, Vlan) else None,
        "vlan": _vlan(there),
    }
    at.facts.update({name: value for name, value in facts.items() if value is not None})
    if there.port is not None:
        _vlans(at, there.port)
    state = there.port.state if there.port else None
    if state in ("listening", "learning"):
        at.say("pending", f"STP: the port is {state} and does not forward yet.")
    if pulled:
        at.say("ok", PULLED)
    elif there.running is False and there.up and not isinstance(there, Bridge):
        why = f"its card {there.device}" if isinstance(there, Vlan) else "its other end"
        at.say("degraded", f"{there.name} has no carrier: {why} is down.")


def _brought(at: _Gathering, card: Physical, observed: MachineState, lab: str) -> None:
    """What came with a card to its bridge, and goes back with it."""
    if held := held_with(card, card.master, observed, lab):
        at.facts["brought"] = list(listed(held))


def _vlan(there: Link) -> int | None:
    """The VLAN of a sub-interface, or of a VLAN-aware bridge's own addresses."""
    if isinstance(there, Vlan):
        return there.vid
    return there.vlan or None if isinstance(there, Bridge) else None


def _vlans(at: _Gathering, port: Port | DomainNic) -> None:
    """The VLANs of a port of a VLAN-aware bridge."""
    if port.pvid is None:
        return
    at.facts["pvid"] = port.pvid
    at.facts["untagged"] = shown(port.untagged or ())
    at.facts["tagged"] = shown(port.tagged or ())


def _domain(at: _Gathering, wanted: Domain, there: Domain) -> None:
    if there.state is not None:
        at.facts["domain_state"] = there.state
    at.facts["domain"] = there.name
    at.facts["running"] = there.running
    if wanted.disk_size is not None and wanted.disk_size < (there.disk_size or 0):
        at.say(
            "drift",
            f"The disk has {there.disk_size} MiB and the design says {wanted.disk_size} MiB: a "
            "disk never shrinks. Destroy the VM first, and what is on its disk.",
        )
    _asked(at, there)
    if there.later is not None:
        at.facts["next_start"] = waits = said.at_next_start(there)
        at.say("ok", f"At its next start: {', '.join(waits)}.")
    if there.snapshots:
        at.facts["snapshots"] = [one.name for one in there.snapshots]
        at.facts["snapshots_at"] = [one.at for one in there.snapshots]
        at.facts["snapshots_state"] = [one.state for one in there.snapshots]
        at.facts["snapshots_current"] = [one.name for one in there.snapshots if one.current]
    if there.asked is not None and _stands_as_asked(wanted, there):
        at.say("ok", asking.said(there.asked))
    elif wanted.running and not there.running:
        at.say("degraded", _why_off(there))
    elif there.running and there.state not in (None, "running", "idle"):
        at.say(*_why_still(there))


def _asked(at: _Gathering, there: Domain) -> None:
    if there.reason is not None:
        at.facts["domain_reason"] = there.reason
    if there.asked is not None:
        at.facts["asked"] = there.asked.state
        at.facts["asked_by"] = there.asked.by
        at.facts["asked_at"] = there.asked.at


def _stands_as_asked(wanted: Domain, there: Domain) -> bool:
    """Whether it is otherwise than drawn, or still, because somebody asked for that."""
    assert there.asked is not None
    if there.asked.state == "paused":
        return there.running
    return wanted.running != there.running and is_as_asked(there)


def _why_off(there: Domain) -> str:
    words = there.state or "shut off"
    match there.reason:
        case "shutdown":
            return "Shut off by the guest itself. Start it, or deploy."
        case "crashed" | "failed":
            return (
                f"The VM should run and does not; libvirt says: {words} ({there.reason}). Its QEMU "
                "ended by itself: /var/log/libvirt/qemu on the hypervisor says why."
            )
    reason = f" ({there.reason})" if there.reason else ""
    return f"The VM should run and does not; libvirt says: {words}{reason}."


def _why_still(there: Domain) -> tuple[str, str]:
    """The state and the words of a VM that is there and does not run on."""
    if there.state == "in shutdown":
        return "pending", "The guest is shutting down."
    match there.reason:
        case "snapshot" | "save" | "starting up" | "dump" | "migration":
            return "pending", f"It stands still for a moment ({there.reason})."
        case "I/O error":
            return "degraded", (
                "It stands still since an I/O error of its disk, such as a full disk of the "
                "hypervisor: make room there, then resume it."
            )
    reason = f" ({there.reason})" if there.reason else ""
    return "degraded", f"The VM does not work; libvirt says: {there.state}{reason}."


def _network(at: _Gathering, there: Network) -> None:
    at.facts["network"] = there.name
    at.facts["device"] = there.bridge
    at.facts["active"] = there.running
    if there.forward:
        at.facts["forward"] = there.forward
    if there.addresses:
        at.facts["addresses"] = list(there.addresses)
    at.facts["dhcp"] = bool(there.ranges or there.leases)
    if there.ranges:
        at.facts["dhcp_range"] = [f"{one.start} – {one.end}" for one in there.ranges]


def _cards(
    refs: dict[str, _Gathering],
    domain: Domain,
    there: Resource | None,
    origins: Mapping[Key, str],
    macs: Mapping[str, str],
) -> None:
    """The cards of a VM, at its interfaces: which tap carries which MAC."""
    seen: dict[str, DomainNic] = {}
    running = isinstance(there, Domain) and there.running
    if isinstance(there, Domain):
        seen = {nic.mac.lower(): nic for nic in there.nics}
    for wanted in domain.nics:
        ref = origins.get(("nic", domain.name, wanted.mac)) or macs.get(wanted.mac)
        if ref is None:
            continue
        at = refs[ref]
        at.keys += 1
        at.facts["mac"] = wanted.mac
        nic = seen.get(wanted.mac.lower())
        if nic is None:
            at.missing += 1
            at.say("absent", f"The VM has no card {wanted.mac}.")
            continue
        if nic.tap is not None:
            at.facts["tap"] = nic.tap
        if nic.bridge:
            at.facts["bridge"] = nic.bridge
        if nic.network:
            at.facts["network"] = nic.network
        if place_of(nic) != place_of(wanted):
            at.say("drift", f"It is on {said.place(nic)}; the design says {said.place(wanted)}.")
        elif not running and domain.running and not _is_as_asked(there):
            at.say("degraded", "The VM does not run.")
        if running and nic.leases:
            _leases(at, refs[vm] if (vm := origins.get(domain.key)) else None, nic)
        at.facts["plugged"] = nic.plugged
        if nic.plugged != wanted.plugged:
            is_, should = said.plugged(nic), said.plugged(wanted)
            at.say("drift", f"Its cable is {is_} and the design says {should}.")
        elif not nic.plugged:
            at.say("ok", PULLED)
        if nic.tap is not None:
            _vlans(at, nic)
            if wanted.pvid is not None and vlans_of(wanted) != vlans_of(nic):
                at.say("drift", f"It has {said.vlans(nic)}; the design says {said.vlans(wanted)}.")


def _leases(at: _Gathering, vm: _Gathering | None, nic: DomainNic) -> None:
    """What its network gave a card, there and at its VM."""
    leases = nic.leases or ()
    at.facts["leases"] = addresses = [one.address for one in leases]
    names = [one.hostname for one in leases if one.hostname]
    if names:
        at.facts["hostname"] = names[0]
    until = [one.expires for one in leases if one.expires is not None]
    if until:
        moment = datetime.fromtimestamp(min(until), UTC)
        at.facts["lease_until"] = moment.strftime("%Y-%m-%d %H:%M UTC")
    if vm is not None:
        shown = vm.facts.setdefault("leases", [])
        assert isinstance(shown, list)
        shown += addresses


def _is_as_asked(there: Resource | None) -> bool:
    return isinstance(there, Domain) and is_as_asked(there)


def _extras(
    refs: dict[str, _Gathering],
    found: Iterable[Difference],
    observed: MachineState,
    origins: Mapping[Key, str],
) -> None:
    """What is ours and not in the design shows at what it is on."""
    for one in found:
        if one.kind != "extra":
            continue
        there = observed.resources[one.key]
        if isinstance(there, Address):
            parent: Key = ("link", there.netns, there.link)
        elif isinstance(there, Domain | Namespace | Network | Parent | Module | Image):
            continue
        else:
            parent = ("namespace", there.netns)
        ref = origins.get(parent)
        if ref is not None:
            refs[ref].say("drift", one.message)


def _strange_ports(
    refs: dict[str, _Gathering],
    desired: MachineState,
    observed: MachineState,
    lab: str,
    origins: Mapping[Key, str],
) -> None:
    """Ports of our bridges that somebody else put there; taps of our VMs are none."""
    taps = {nic.tap for domain in observed.of_type(Domain) for nic in domain.nics}
    for there in observed.resources.values():
        if not isinstance(there, Link) or there.master is None or there.key in desired.resources:
            continue
        ref = origins.get(("link", there.netns, there.master))
        if ref is None or there.name in taps:
            continue
        if owner_of(there, observed) != lab:
            message = f"{there.name}, which is not of this lab, is a port of it."
            refs[ref].say("drift", message)


def _cables(done: Mapping[str, Status], origins: Mapping[Key, str]) -> dict[str, Status]:
    """Links: the worst of their ends, with the tap and MAC of a VM's end and the devices. What
    many things go over is not absent while some of them are there."""
    ends: dict[str, list[Status]] = defaultdict(list)
    carriers: set[str] = set()
    nics: set[str] = set()
    for key, ref in origins.items():
        if key[0] == "cable" and key[1] in done:
            ends[ref].append(done[key[1]])
            if len(key) > 2:
                carriers.add(ref)
            if key[2:3] == ("nic",):
                nics.add(ref)
    cables: dict[str, Status] = {}
    for ref, found in ends.items():
        worst = max(found, key=lambda one: _WORST.index(one.state))
        if worst.state == "absent" and ref in carriers and len({one.state for one in found}) > 1:
            worst = Status("drift", worst.detail)
        facts: dict[str, Fact] = {}
        devices = [one.facts["device"] for one in found if "device" in one.facts]
        if devices:
            facts["devices"] = [str(device) for device in devices]
        for end in found:
            if "tap" in end.facts:
                facts["tap"], facts["mac"] = end.facts["tap"], end.facts["mac"]
            for name in _OF_LINKS if ref in carriers else _OF_ENDS:
                if name in end.facts:
                    facts[name] = end.facts[name]
            if ref in nics and "brought" in end.facts:
                facts |= {name: end.facts[name] for name in ("device", "bridge", "brought")}
        cables[ref] = Status(worst.state, worst.detail, facts)
    return cables
