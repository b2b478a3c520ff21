"""The plan: what leads from observed to desired, in an order in which nothing is cut needlessly.

Images are copied before anything is touched, then kernel modules come; VMs go first and come last.
A VLAN sub-interface wants its card up and its bridge there. An address moves only after its new
place is up, and NAT stands before anything is forwarded. What a deletion takes along (the contents
of a namespace, the other end of a veth pair, the addresses of a link) is no operation of its own;
but what the kernel drops as a side effect and the design still wants (routes when their last
address goes, secondary addresses with their primary, ports when a bridge is made anew) is taken
down and put back explicitly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import IntEnum, auto
from ipaddress import ip_interface, ip_network

from designer.machine.resources import (
    Address,
    Bridge,
    Domain,
    Key,
    Link,
    Namespace,
    NatTable,
    Network,
    Parent,
    Physical,
    Resource,
    Route,
    Veth,
    Vlan,
    Vxlan,
)
from designer.machine.state import MachineState
from designer.planner import asking, words
from designer.planner.comparing import (
    LIVE_OF_NETWORK,
    PLUGS,
    PORT,
    differing,
    must_replace,
    needs_restart,
)
from designer.planner.differing import (
    Difference,
    differences,
    is_borrowed,
    owner_of,
    peer_key,
)
from designer.planner.fingerprint import fingerprint
from designer.planner.moving import moved, sentence, settled
from designer.planner.operations import Operation, Plan, Refusal
from designer.planner.refusing import refusal, unmovable


class Stage(IntEnum):
    """The order of the operations; those of one stage do not depend on each other."""

    IMAGES = auto()
    MODULES = auto()
    STOP_DOMAINS = auto()
    FORWARDING_OFF = auto()
    DELETE_TABLES = auto()
    DELETE_ROUTES = auto()
    DELETE_REPLACED = auto()
    NAMESPACES = auto()
    PARENTS = auto()
    BRIDGES = auto()
    CHANGE_BRIDGES = auto()
    NETWORKS = auto()
    VXLANS = auto()
    VLANS = auto()
    VETHS = auto()
    CHANGE_LINKS = auto()
    TABLES = auto()
    DELETE_ADDRESSES = auto()
    ADDRESSES = auto()
    ROUTES = auto()
    FORWARDING_ON = auto()
    REPLUG_DOMAINS = auto()
    PUT_BACK = auto()
    LEFT_BRIDGES = auto()
    DELETE_VETHS = auto()
    DELETE_VLANS = auto()
    DELETE_VXLANS = auto()
    DELETE_BRIDGES = auto()
    DELETE_NETWORKS = auto()
    DELETE_PARENTS = auto()
    DELETE_NAMESPACES = auto()
    DOMAINS = auto()


def plan(desired: MachineState, observed: MachineState, lab: str) -> Plan:
    """What to do so that ``observed`` becomes ``desired`` on what the lab owns.

    Pure, deterministic and linear. With refusals the plan may not be carried out; the operations
    are then what could be done once the refusals are gone.
    """
    planning = _Planning(desired, observed, lab)
    operations = planning.operations()
    refusals = tuple(planning.refusals)
    return Plan(
        lab=lab,
        operations=operations,
        refusals=refusals,
        notes=tuple(asking.notes(desired, observed)),
        fingerprint=fingerprint(lab, operations, refusals),
    )


class _Planning:
    """One run of :func:`plan`: the differences sorted into stages."""

    def __init__(self, desired: MachineState, observed: MachineState, lab: str) -> None:
        self.desired, self.observed, self.lab = settled(desired, observed, lab), observed, lab
        self.refusals: list[Refusal] = []
        self.stages: dict[Stage, list[Operation]] = {stage: [] for stage in Stage}
        self.found = {one.key: one for one in differences(desired, observed, lab)}
        self.dying = {key[1] for key in self.extras("namespace")}
        self.early: set[Key] = set()
        self.restarted: set[str] = set()
        """The bridges of libvirt's networks that go and come back: nothing stays plugged in."""
        self.late = {
            key for key in self.extras("link")
            if not isinstance(observed.resources[key], Physical)
        }  # fmt: skip

    def extras(self, kind: str) -> Iterator[Key]:
        return (k for k, one in self.found.items() if one.kind == "extra" and k[0] == kind)

    def operations(self) -> tuple[Operation, ...]:
        if self.found:
            self._refuse()
            self._images()
            self._modules()
            self._parents()
            self._networks()
            self._links()
            self._namespaces()
            self._addresses_and_routes()
            self._tables()
            self._domains()
        return tuple(one for stage in Stage for one in self.stages[stage])

    # What every part below uses

    def create(self, stage: Stage, after: Resource, reason: str) -> None:
        self.stages[stage].append(
            Operation(action="create", key=after.key, after=after, reason=reason)
        )

    def delete(self, stage: Stage, before: Resource, reason: str) -> None:
        self.stages[stage].append(
            Operation(action="delete", key=before.key, before=before, reason=reason)
        )

    def change(
        self, stage: Stage, before: Resource, after: Resource, fields: Iterable[str], reason: str
    ) -> None:
        self.stages[stage].append(
            Operation(
                action="change",
                key=after.key,
                before=before,
                after=after,
                fields=tuple(fields),
                reason=reason,
            )
        )

    def differing(self, kind: str) -> Iterator[tuple[Difference, Resource | None, Resource | None]]:
        """(difference, desired, observed) of a kind, but for what is foreign."""
        for key, one in self.found.items():
            if key[0] == kind and one.kind != "foreign":
                yield one, self.desired.get(key), self.observed.get(key)

    def _refuse(self) -> None:
        for key, one in self.found.items():
            wanted = self.desired.get(key)
            if one.kind == "foreign":
                there = self.observed.resources[key]
                owner = owner_of(there, self.observed)
                self.refusals.append(refusal(one, wanted, owner))
            elif (
                one.kind == "missing"
                and isinstance(wanted, Physical | Parent)
                and key not in self.observed.resources
            ) or (wanted is not None and is_borrowed(wanted)):
                self.refusals.append(refusal(one, wanted, None))
        self.refusals += unmovable(self.desired, self.observed, self.lab)

    # Images, modules and parents

    def _images(self) -> None:
        for one, wanted, _ in self.differing("image"):
            if wanted is not None:
                self.create(Stage.IMAGES, wanted, one.message)

    def _modules(self) -> None:
        for one, wanted, _ in self.differing("module"):
            if wanted is not None:
                self.create(Stage.MODULES, wanted, one.message)

    def _parents(self) -> None:
        for one, wanted, there in self.differing("parent"):
            if wanted is None:
                assert there is not None
                self.delete(Stage.DELETE_PARENTS, there, one.message)
            elif one.kind == "missing":
                self.create(Stage.PARENTS, wanted, one.message)
            else:
                assert there is not None
                self.change(Stage.PARENTS, there, wanted, one.fields, one.message)

    # libvirt's networks

    def _networks(self) -> None:
        """One that goes leaves its bridge to the ports until they moved on, unless something else
        wants that bridge's name or one of its subnets."""
        claims = self._claims()
        for one, wanted, there in self.differing("network"):
            if wanted is None:
                assert isinstance(there, Network)
                first = _in_the_way(there, claims)
                stage = Stage.DELETE_REPLACED if first else Stage.DELETE_NETWORKS
                self.delete(stage, there, one.message)
                if first:
                    self.restarted.add(there.bridge)
            elif is_borrowed(wanted):
                continue  # it was refused
            elif there is None:
                self.create(Stage.NETWORKS, wanted, one.message)
            elif must_replace(wanted, one.fields) or (
                "addresses" in one.fields and _in_the_way(there, claims)
            ):
                assert isinstance(there, Network)
                text = f"{one.message} It must be made anew for that."
                self.delete(Stage.DELETE_REPLACED, there, text)
                self.create(Stage.NETWORKS, wanted, one.message)
                self.restarted.add(there.bridge)
            else:
                assert isinstance(there, Network)
                assert isinstance(wanted, Network)
                self._change_network(wanted, there, one)

    def _change_network(self, wanted: Network, there: Network, one: Difference) -> None:
        text = one.message
        if not LIVE_OF_NETWORK.issuperset(one.fields) and there.running:
            text += " libvirt must restart the network for that, so what is plugged in loses it"
            text += " for a moment and is plugged in again."
            self.restarted.add(there.bridge)
        elif "running" in one.fields:
            self.restarted.add(wanted.bridge)
        self.change(Stage.NETWORKS, there, wanted, one.fields, text)

    def _claims(self) -> list[tuple[Key, str, tuple[str, ...]]]:
        """(key, bridge or link, addresses) of what is to come, or to become so, on the
        hypervisor itself."""
        claims: list[tuple[Key, str, tuple[str, ...]]] = []
        if not any(key[0] == "network" for key in self.found):
            return claims
        for key, one in self.found.items():
            wanted = self.desired.get(key)
            if one.kind == "foreign" or wanted is None:
                continue
            if isinstance(wanted, Link) and not key[1]:
                claims.append((key, wanted.name, ()))
            elif isinstance(wanted, Network):
                claims.append((key, wanted.bridge, wanted.addresses or ()))
            elif isinstance(wanted, Address) and not wanted.netns:
                claims.append((key, "", (wanted.address,)))
        return claims

    # Links

    def _links(self) -> None:
        self._find_replaced()
        for key in self._firsts(self.early):
            self._delete_link(Stage.DELETE_REPLACED, key, self._why_early(key))
        lost = {key for key in self.early if isinstance(self.observed.resources[key], Bridge)}
        lost |= {("link", "", bridge) for bridge in self.restarted}
        for key, one in self.found.items():
            wanted = self.desired.get(key)
            if key[0] != "link" or one.kind == "foreign":
                continue
            if one.kind == "extra":
                there = self.observed.resources[key]
                if isinstance(there, Physical):
                    self._put_card_back(there, one.message)
            elif wanted is not None and not isinstance(wanted, Veth) and self._is_new(key, one):
                self._create_link(wanted, one.message)
        self._veths()
        self._change_links(lost)
        for key in self._firsts(self.late - self.early):
            if not self._goes_with_namespace(key):
                self._delete_link(self._late_stage(key), key, self.found[key].message)

    def _find_replaced(self) -> None:
        """Fill ``early``: links that must go before others are made, with their other ends."""
        for key, one in self.found.items():
            if key[0] != "link" or one.kind in ("foreign", "extra"):
                continue
            wanted = self.desired.resources[key]
            if one.kind == "changed" and must_replace(wanted, one.fields):
                self._goes_early(key)
            elif one.kind == "missing" and isinstance(wanted, Veth):
                other = self.found.get(peer_key(wanted))
                if peer_key(wanted) in self.observed.resources and not (
                    other and other.kind == "foreign"
                ):
                    self._goes_early(peer_key(wanted))
        self._find_moved_vlans()
        self._find_claimed_by_networks()

    def _find_claimed_by_networks(self) -> None:
        """A bridge, or whatever else, whose name libvirt is to give to a network's bridge."""
        for key, one in self.found.items():
            wanted = self.desired.get(key)
            if isinstance(wanted, Network) and one.kind != "foreign":
                other: Key = ("link", "", wanted.bridge)
                if other in self.late:
                    self._goes_early(other)

    def _find_moved_vlans(self) -> None:
        """A VLAN of a card that gets another sub-interface: the kernel has one at a time."""
        gone: dict[tuple[str, int], Key] = {}
        for key in self.late:
            there = self.observed.resources[key]
            if isinstance(there, Vlan):
                gone[there.device, there.vid] = key
        if not gone:
            return
        for key, one in self.found.items():
            wanted = self.desired.get(key)
            if isinstance(wanted, Vlan) and one.kind != "foreign" and self._is_new(key, one):
                old = gone.get((wanted.device, wanted.vid))
                if old is not None:
                    self.early.add(old)

    def _goes_early(self, key: Key) -> None:
        self.early.add(key)
        there = self.observed.resources[key]
        if isinstance(there, Veth):
            other = self.observed.get(peer_key(there))
            if isinstance(other, Veth) and owner_of(other, self.observed) == self.lab:
                self.early.add(other.key)

    def _is_new(self, key: Key, one: Difference) -> bool:
        return one.kind == "missing" or key in self.early

    def _create_link(self, wanted: Resource, reason: str) -> None:
        if isinstance(wanted, Physical):
            return
        self.create(_MADE_IN[type(wanted)], wanted, reason)

    def _veths(self) -> None:
        """One operation for each pair, on the end that comes first by (namespace, name)."""
        made: set[Key] = set()
        # An end that goes early can be one that differs in nothing itself.
        for key in (*self.found, *self.early):
            wanted = self.desired.get(key)
            if not isinstance(wanted, Veth) or key in made:
                continue
            one = self.found.get(key)
            if key not in self.early and (one is None or one.kind != "missing"):
                continue
            other = self.desired.get(peer_key(wanted))
            made |= {key, peer_key(wanted)}
            if any(self._is_foreign(end) for end in (key, peer_key(wanted))):
                continue
            first, second = wanted, other if isinstance(other, Veth) else None
            if second is not None and second.key < first.key:
                first, second = second, first
            self.stages[Stage.VETHS].append(
                Operation(
                    action="create",
                    key=first.key,
                    after=first,
                    peer_after=second,
                    reason=one.message if one and one.kind == "changed" else words.missing(first),
                )
            )

    def _is_foreign(self, key: Key) -> bool:
        one = self.found.get(key)
        return one is not None and one.kind == "foreign"

    def _change_links(self, lost: set[Key]) -> None:
        """Changes on links that stand, and ports of bridges that are made anew."""
        for key, one in self.found.items():
            if key[0] == "link" and one.kind == "changed" and key not in self.early:
                self._change_link(key, one.fields, one.message, lost)
        if not lost:
            return
        for key, wanted in self.desired.resources.items():
            if key[0] != "link" or key in self.found or key in self.early:
                continue
            assert isinstance(wanted, Link)
            if wanted.master is not None and self._lost(self.observed.resources[key], lost):
                reason = "Its bridge is made anew, and the design says that it is a port of it."
                self._change_link(key, (), reason, lost)

    def _change_link(self, key: Key, fields: tuple[str, ...], reason: str, lost: set[Key]) -> None:
        wanted, there = self.desired.resources[key], self.observed.resources[key]
        assert isinstance(wanted, Link)
        assert isinstance(there, Link)
        if self._lost(there, lost):
            there = replace(there, master=None, port=None)
            if wanted.master is not None and "master" not in fields:
                stated = (name for name in PORT if getattr(wanted.port, name, None) is not None)
                again = [f"port.{name}" for name in stated]
                fields = tuple(dict.fromkeys((*fields, "master", *again)))
        if isinstance(wanted, Physical) and isinstance(there, Physical):
            there, fields, reason = self._moving(there, wanted.master, fields, reason)
        if isinstance(there, Bridge) and there.held:
            # Not before what is on it has gone with its card.
            late = tuple(one for one in fields if one in ("ipv6", "mac"))
            fields = tuple(one for one in fields if one not in late)
            if late:
                self.change(Stage.LEFT_BRIDGES, there, wanted, late, reason)
            if not fields:
                return
        # A bridge first: its filter and its default PVID before the VLANs of its ports.
        stage = Stage.CHANGE_BRIDGES if isinstance(wanted, Bridge) else Stage.CHANGE_LINKS
        self.change(stage, there, wanted, fields, reason)

    def _moving(
        self, there: Physical, master: str | None, fields: tuple[str, ...], reason: str
    ) -> tuple[Physical, tuple[str, ...], str]:
        """What the card takes along, in the operation that plugs it elsewhere."""
        held = moved(there, master, self.observed, self.lab)
        there = replace(there, held=held or None)
        if not held:
            return there, fields, reason
        fields = tuple(dict.fromkeys((*fields, "held")))
        return there, fields, f"{reason} {sentence(held, master or there.name)}"

    def _put_card_back(self, there: Physical, reason: str) -> None:
        there, _, reason = self._moving(there, None, (), reason)
        self.delete(Stage.PUT_BACK, there, reason)

    def _lost(self, there: Resource, lost: set[Key]) -> bool:
        return isinstance(there, Link) and ("link", there.netns, there.master or "") in lost

    def _firsts(self, keys: set[Key]) -> Iterator[Key]:
        """The keys in the order observed, of two ends of a pair only the first by its key."""
        if not keys:
            return
        for key, there in self.observed.resources.items():
            if key not in keys:
                continue
            if isinstance(there, Veth):
                other = peer_key(there)
                if other in keys and other < key and self._mutual(there):
                    continue
            yield key

    def _mutual(self, veth: Veth) -> bool:
        other = self.observed.get(peer_key(veth))
        return isinstance(other, Veth) and peer_key(other) == veth.key

    def _delete_link(self, stage: Stage, key: Key, reason: str) -> None:
        there = self.observed.resources[key]
        peer = self.observed.get(peer_key(there)) if isinstance(there, Veth) else None
        self.stages[stage].append(
            Operation(
                action="delete",
                key=key,
                before=there,
                peer_before=peer if isinstance(peer, Veth) and self._mutual(peer) else None,
                reason=reason,
            )
        )

    def _why_early(self, key: Key) -> str:
        one = self.found.get(key)
        there = self.observed.resources[key]
        if (one is None or one.kind == "extra") and isinstance(there, Veth):
            one = self.found.get(peer_key(there)) or one
        text = one.message if one is not None else words.no_longer_wanted(there)
        if isinstance(there, Vlan) and one is not None and one.kind == "extra":
            return f"{text} The VLAN gets another sub-interface, and the kernel has one at a time."
        return f"{text} It must be made anew for that."

    def _goes_with_namespace(self, key: Key) -> bool:
        """Both ends of a pair, or the one link, are inside namespaces that are removed. A pair
        with an end outside is deleted by itself: the kernel empties a namespace in the
        background, and the outer end would still stand there for a while. So would a VLAN
        sub-interface stand in the way of the next one of its card and id."""
        there = self.observed.resources[key]
        if key[1] not in self.dying or isinstance(there, Vlan):
            return False
        return not (isinstance(there, Veth) and self._mutual(there)) or (
            there.peer_netns in self.dying
        )

    def _late_stage(self, key: Key) -> Stage:
        there = self.observed.resources[key]
        return _DELETED_IN[type(there)]

    # Namespaces, tables, domains

    def _namespaces(self) -> None:
        for one, wanted, there in self.differing("namespace"):
            if wanted is None:
                assert there is not None
                self.delete(Stage.DELETE_NAMESPACES, there, one.message)
                continue
            assert isinstance(wanted, Namespace)
            quiet = replace(wanted, forwarding=False)
            if there is None:
                self.create(Stage.NAMESPACES, quiet, one.message)
                there, text = quiet, "forwarding is off and the design says on."
            else:
                text = one.message
            if wanted.forwarding:
                self.change(Stage.FORWARDING_ON, there, wanted, ("forwarding",), text)
            elif there is not quiet:
                self.change(Stage.FORWARDING_OFF, there, wanted, ("forwarding",), text)

    def _tables(self) -> None:
        for one, wanted, there in self.differing("table"):
            if wanted is None:
                assert isinstance(there, NatTable)
                if there.netns not in self.dying:
                    self.delete(Stage.DELETE_TABLES, there, one.message)
            elif there is None:
                self.create(Stage.TABLES, wanted, one.message)
            else:
                self.change(Stage.TABLES, there, wanted, one.fields, one.message)

    def _domains(self) -> None:
        lost = {key[2] for key in self.early if key[1] == ""} | self.restarted
        for one, wanted, there in self.differing("domain"):
            if wanted is None:
                assert there is not None
                self.delete(Stage.STOP_DOMAINS, there, f"{one.message}{words.lost(there)}")
            elif there is None:
                self.create(Stage.DOMAINS, wanted, one.message)
            elif must_replace(wanted, one.fields):
                reason = f"{one.message} It is made anew for that.{words.lost(there)}"
                self.delete(Stage.STOP_DOMAINS, there, reason)
                self.create(Stage.DOMAINS, wanted, one.message)
            else:
                assert isinstance(wanted, Domain)
                assert isinstance(there, Domain)
                self._change_domain(wanted, there, one.fields, one.message)
        if not lost:
            return
        for wanted in self.desired.of_type(Domain):
            there = self.observed.get(wanted.key)
            if wanted.key not in self.found and isinstance(there, Domain):
                self._replug(wanted, there, lost)

    def _change_domain(
        self, wanted: Domain, there: Domain, fields: tuple[str, ...], reason: str
    ) -> None:
        if "running" not in fields:  # as it is drawn, or as somebody asked
            wanted = replace(wanted, running=there.running)
        stage = Stage.DOMAINS if wanted.running else Stage.STOP_DOMAINS
        if PLUGS.issuperset(fields) and wanted.running:
            stage = Stage.REPLUG_DOMAINS  # before the bridge that it leaves is deleted
        if "disk" in fields:
            reason += f" What it wrote on its old disk is gone then.{words.lost(there)}"
        if wanted.running and there.running:
            if needs_restart(wanted, there, fields):
                reason += " The VM needs a restart for that."
                if there.asked is not None and there.asked.state == "paused":
                    reason += f" It is paused, as {asking.by_whom(there.asked)}, and runs then."
            elif "seed" in fields:
                reason += " Cloud-init reads it at the next start."
        self.change(stage, there, wanted, fields, reason)

    def _replug(self, wanted: Domain, there: Domain, lost: set[str]) -> None:
        """A VM's taps fall off a bridge that is made anew."""
        if not there.running or not any(nic.bridge in lost for nic in there.nics):
            return
        nics = tuple(replace(nic, bridge="") if nic.bridge in lost else nic for nic in there.nics)
        reason = "Its bridge is made anew, and the design says that it is plugged into it."
        unplugged = replace(there, nics=nics)
        fields = differing(wanted, unplugged)
        self.change(Stage.REPLUG_DOMAINS, unplugged, wanted, fields, reason)

    # Addresses and routes

    def _addresses_and_routes(self) -> None:
        routed = {one.netns for one in self.desired.of_type(Route)}
        removed = self._addresses(routed)
        for one, wanted, there in self.differing("route"):
            if wanted is not None:
                self.create(Stage.ROUTES, wanted, one.message)
            else:
                assert isinstance(there, Route)
                if there.netns not in self.dying:
                    self.delete(Stage.DELETE_ROUTES, there, one.message)
        if not removed:
            return
        near = {netns: _Near(found) for netns, found in removed.items() if netns in routed}
        for key, wanted in self.desired.resources.items():
            if not isinstance(wanted, Route) or key in self.found or wanted.netns not in near:
                continue
            address = near[wanted.netns].address_of(wanted.via)
            if address is not None:
                reason = f"The kernel drops it when the address {address} goes."
                self.delete(Stage.DELETE_ROUTES, self.observed.resources[key], reason)
                self.create(Stage.ROUTES, wanted, f"{reason} It is put back.")

    def _addresses(self, routed: set[str]) -> dict[str, list[str]]:
        """Plan the addresses; returns those that go away, by namespace."""
        wanted_ips = {(one.netns, _ip(one)) for one in self.desired.of_type(Address)}
        removed: dict[str, list[str]] = defaultdict(list)
        touched: dict[tuple[str, str], list[str]] = defaultdict(list)
        for one, wanted, there in self.differing("address"):
            if wanted is not None:
                self.create(Stage.ADDRESSES, wanted, one.message)
                continue
            assert isinstance(there, Address)
            link: Key = ("link", there.netns, there.link)
            if there.netns in self.dying or link in self.early:
                continue
            needed = (there.netns, _ip(there)) in wanted_ips or there.netns in routed
            if link in self.late and not needed:
                continue
            self.delete(Stage.DELETE_ADDRESSES, there, one.message)
            removed[there.netns].append(there.address)
            touched[there.netns, there.link].append(there.address)
        if self.early or touched:
            self._put_back(removed, touched)
        return removed

    def _put_back(
        self, removed: dict[str, list[str]], touched: dict[tuple[str, str], list[str]]
    ) -> None:
        """Addresses that the design keeps and the kernel drops: those on links that are made
        anew, and IPv4 secondaries of a primary that goes (fib_frontend, promote_secondaries)."""
        near = {place: _Near(gone) for place, gone in touched.items()}
        for key, there in self.observed.resources.items():
            if not isinstance(there, Address):
                continue
            if ("link", there.netns, there.link) in self.early:
                removed[there.netns].append(there.address)
                wanted = self.desired.get(key)
                if wanted is not None and key not in self.found:
                    reason = f"{there.link} is made anew, and the design gives it this address."
                    self.create(Stage.ADDRESSES, wanted, reason)
                continue
            neighbours = near.get((there.netns, there.link))
            if neighbours is None or key in self.found or key not in self.desired.resources:
                continue
            primary = None if ":" in there.address else neighbours.address_of(_ip(there))
            if primary is not None:
                reason = f"The kernel drops it when its primary address {primary} goes."
                self.delete(Stage.DELETE_ADDRESSES, there, reason)
                again = self.desired.resources[key]
                self.create(Stage.ADDRESSES, again, f"{reason} It is put back.")


_MADE_IN: Mapping[type[Resource], Stage] = {
    Bridge: Stage.BRIDGES,
    Vxlan: Stage.VXLANS,
    Vlan: Stage.VLANS,
}
_DELETED_IN: Mapping[type[Resource], Stage] = {
    Veth: Stage.DELETE_VETHS,
    Vlan: Stage.DELETE_VLANS,
    Vxlan: Stage.DELETE_VXLANS,
    Bridge: Stage.DELETE_BRIDGES,
}


def _in_the_way(there: Resource, claims: Iterable[tuple[Key, str, tuple[str, ...]]]) -> bool:
    """Whether something else wants the bridge's name of a network, or a subnet of its."""
    assert isinstance(there, Network)
    subnets = [ip_interface(one).network for one in there.addresses or ()]
    return any(
        name == there.bridge
        or any(ip_interface(one).network.overlaps(two) for one in addresses for two in subnets)
        for key, name, addresses in claims
        if key != there.key
    )


class _Near:
    """Which of some addresses has a subnet that holds an IP; a look-up for each prefix length."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._by_network: dict[object, str] = {}
        self._lengths: dict[int, set[int]] = {4: set(), 6: set()}
        for address in addresses:
            network = ip_interface(address).network
            self._by_network.setdefault(network, address)
            self._lengths[network.version].add(network.prefixlen)

    def address_of(self, ip: str) -> str | None:
        if not ip:
            return None
        for length in self._lengths[6 if ":" in ip else 4]:
            found = self._by_network.get(ip_network(f"{ip}/{length}", strict=False))
            if found is not None:
                return found
        return None


def _ip(address: Address) -> str:
    return address.address.partition("/")[0]
