"""A domain as libvirt tells it: its XML, read into the resource that the planner compares."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from lxml import etree

from designer.machine.images import ROLES
from designer.machine.marks import ASKED_NAMESPACE, LAB_TAG, METADATA_NAMESPACE, Mark
from designer.machine.resources import Asked, Domain, DomainNic, Seed, Snapshot
from designer.wire.codec import seed_from_json
from tasks.drivers.libvirt_.images import BadImage, Images
from tasks.drivers.libvirt_.writing import SEED_ALIAS
from tasks.drivers.netlink.bridging import Vlans

PAUSED = 3
STATES = {
    0: "no state",
    1: "running",
    2: "idle",
    PAUSED: "paused",
    4: "in shutdown",
    5: "shut off",
    6: "crashed",
    7: "pmsuspended",
}
"""virDomainState (libvirt-domain.h) in the words of ``virsh list``."""
REASONS = {
    PAUSED: {
        1: "user", 2: "migration", 3: "save", 4: "dump", 5: "I/O error", 6: "watchdog",
        7: "from snapshot", 8: "shutting down", 9: "snapshot", 10: "crashed", 11: "starting up",
    },
    5: {
        1: "shutdown", 2: "destroyed", 3: "crashed", 4: "migrated", 5: "saved", 6: "failed",
        7: "from snapshot", 8: "daemon",
    },
}  # fmt: skip
"""virDomainPausedReason and virDomainShutoffReason in the words of ``virsh domstate --reason``."""

_MIB = 1024 * 1024
_UNITS: dict[str, int] = {"b": 1, "bytes": 1, "KB": 1000, "MB": 10**6, "GB": 10**9} | {
    prefix + ending: 1024**power
    for power, prefix in enumerate("kMGT", 1)
    for ending in ("", "iB")
} | {"KiB": 1024}  # fmt: skip
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def parse(xml: str) -> etree._Element:
    return etree.fromstring(xml, _PARSER)


def mark_of(root: etree._Element) -> Mark | None:
    """Whose the domain or network is by its metadata."""
    mark = root.find(f"metadata/{{{METADATA_NAMESPACE}}}mark")
    if mark is None or not LAB_TAG.fullmatch(mark.get("lab", "")):
        return None
    return Mark(mark.get("lab", ""), mark.get("deployment", ""))


def domain_of(
    root: etree._Element,
    *,
    active: bool,
    state: int,
    images: Images,
    bridge_of: Callable[[str], str | None],
    vlans_of: Callable[[str], Vlans | None] = lambda _tap: None,
    disk_size: int | None = None,
    networks: Mapping[str, str] | None = None,
    reason: int = 0,
    snapshots: tuple[Snapshot, ...] = (),
) -> Domain:
    """``bridge_of`` tells the bridge that a tap is really a port of ("" for none), or None
    where that cannot be seen; ``vlans_of`` its VLANs there, None where there are none to have.
    ``disk_size`` is in MiB; ``networks`` are the bridges of libvirt's networks: an interface's
    own has it while it runs. A VM that still waits for VLANs, paused, does not run."""
    mark = root.find(f"metadata/{{{METADATA_NAMESPACE}}}mark")
    owner = mark_of(root)
    disk = _own_disk(root)
    names = _names(root)

    def image(name: str, found: str) -> str:
        return _image(names.get(name, ""), found, images)

    return Domain(
        name=_text(root, "name"),
        uuid=_text(root, "uuid"),
        memory=_asked_memory(root, mark if owner else None),
        memory_max=_memory(root, "memory") if _has_balloon(root) else 0,
        vcpus=int(_attribute(root, "vcpu", "current") or _text(root, "vcpu") or 1),
        vcpus_max=_most_vcpus(root, mark if owner else None),
        kernel=image("kernel", _text(root, "os/kernel")),
        initrd=image("initrd", _text(root, "os/initrd")),
        cmdline=root.findtext("os/cmdline") or "",
        disk=_disk(disk, names.get("disk", "")),
        disk_size=disk_size,
        disk_bus=(_attribute(disk, "target", "bus") if disk is not None else "") or "virtio",
        seed=_seed(mark, owner),
        nics=tuple(
            _nic(interface, active, bridge_of, vlans_of, networks or {})
            for interface in root.iterfind("devices/interface")
        ),
        graphics=_attribute(root, "devices/graphics", "type") or "none",
        running=active and not (state == PAUSED and is_waiting(root)),
        state=STATES.get(state, str(state)),
        reason=REASONS.get(state, {}).get(reason),
        asked=asked_of(root, active=active, paused=state == PAUSED),
        snapshots=snapshots,
        owner=owner.lab if owner else None,
    )


def image_names(root: etree._Element) -> list[str]:
    """The names of the images that a domain of ours has."""
    return [name for name in _names(root).values() if name]


def _names(root: etree._Element) -> dict[str, str]:
    """By what they are for; nothing of a domain that is not ours."""
    mark = root.find(f"metadata/{{{METADATA_NAMESPACE}}}mark")
    if mark is None or mark_of(root) is None:
        return {}
    return {role: mark.get(role, "") for role in ROLES}


def asked_of(root: etree._Element, *, active: bool, paused: bool) -> Asked | None:
    """What a person asked of it last, if it still is so."""
    asked = root.find(f"metadata/{{{ASKED_NAMESPACE}}}asked")
    now = ("paused" if paused else "running") if active else "off"
    if asked is None or asked.get("state") != now:
        return None
    return Asked(state=now, by=asked.get("by", ""), at=asked.get("at", ""))  # type: ignore[arg-type]


def is_overruled(root: etree._Element, *, active: bool, paused: bool) -> bool:
    """Whether somebody has started, resumed or ended it since a person asked otherwise. One that
    was to run and stands still may be having its disk copied: that passes."""
    asked = root.find(f"metadata/{{{ASKED_NAMESPACE}}}asked")
    match asked.get("state") if asked is not None else None:
        case "off":
            return active
        case "paused":
            return not paused
        case "running":
            return not active
    return False


def is_waiting(root: etree._Element) -> bool:
    """Whether it was started paused, and has not been brought to its VLANs yet."""
    mark = root.find(f"metadata/{{{METADATA_NAMESPACE}}}mark")
    return mark is not None and mark.get("waiting") == "yes"


def is_redefined(root: etree._Element) -> bool:
    """Of what runs: whether its next start is by another definition of ours."""
    mark = root.find(f"metadata/{{{METADATA_NAMESPACE}}}mark")
    return mark is not None and mark.get("redefined") == "yes"


def taps(root: etree._Element) -> dict[str, str]:
    """The taps of a running domain by the MACs of its cards."""
    return {
        _attribute(interface, "mac", "address").lower(): tap
        for interface in root.iterfind("devices/interface")
        if (tap := _attribute(interface, "target", "dev"))
    }


def macs(root: etree._Element) -> set[str]:
    """Of its cards."""
    return {_attribute(one, "mac", "address").lower() for one in root.iterfind("devices/interface")}


def _nic(
    interface: etree._Element,
    active: bool,
    bridge_of: Callable[[str], str | None],
    vlans_of: Callable[[str], Vlans | None],
    networks: Mapping[str, str],
) -> DomainNic:
    network = _attribute(interface, "source", "network")
    bridge = _attribute(interface, "source", "bridge") or networks.get(network, "")
    tap = _attribute(interface, "target", "dev") if active else ""
    if tap:
        really = bridge_of(tap)
        bridge = bridge if really is None else really
    vlans = vlans_of(tap) if tap else None
    mtu = _attribute(interface, "mtu", "size")
    return DomainNic(
        mac=_attribute(interface, "mac", "address").lower(),
        bridge=bridge,
        network=network,
        model=_attribute(interface, "model", "type") or "rtl8139",
        mtu=int(mtu) if mtu.isdecimal() else None,
        pvid=vlans.pvid if vlans else None,
        untagged=vlans.untagged if vlans else None,
        tagged=vlans.tagged if vlans else None,
        plugged=_attribute(interface, "link", "state") != "down",
        tap=tap or None,
    )


def _memory(root: etree._Element, path: str) -> int:
    """MiB, rounded."""
    memory = root.find(path)
    if memory is None or not (memory.text or "").strip().isdecimal():
        return 0
    unit = _UNITS.get(memory.get("unit", "KiB"), 1024)
    return round(int(memory.text or 0) * unit / _MIB)


def _asked_memory(root: etree._Element, mark: etree._Element | None) -> int:
    """What its balloon was asked for, by the mark: libvirt's currentMemory is what the guest has
    made of it, which may take a while, or for ever where it has no driver."""
    if not _has_balloon(root):
        return _memory(root, "memory")
    asked = mark.get("memory", "") if mark is not None else ""
    return int(asked) if asked.isdecimal() else _memory(root, "currentMemory")


def _has_balloon(root: etree._Element) -> bool:
    return _attribute(root, "devices/memballoon", "model").startswith("virtio")


def _most_vcpus(root: etree._Element, mark: etree._Element | None) -> int:
    """libvirt does not tell a reserve that is used up from none at all; the mark does."""
    reserve = mark is not None and mark.get("vcpus_max") is not None
    return int(_text(root, "vcpu") or 1) if reserve else 0


def _image(name: str, path: str, images: Images) -> str:
    """The name that the design gave a file, if that name still leads to it; else its own."""
    if not path:
        return ""
    if name:
        try:
            if str(images.path(name)) == path:
                return name
        except BadImage:
            return name if path == str(images.place(name)) else path
    folder = images.folder.resolve()
    return str(Path(path).relative_to(folder)) if Path(path).is_relative_to(folder) else path


def _disk(disk: etree._Element | None, name: str) -> str:
    """The image under our overlay, as the mark names it; the file itself of a foreign disk."""
    source = disk.find("source") if disk is not None else None
    if source is None:
        return ""
    return name or source.get("file", "") or source.get("dev", "") or "?"


def _own_disk(root: etree._Element) -> etree._Element | None:
    """The first disk that is not the seed of its cloud-init."""
    for disk in root.iterfind("devices/disk"):
        if disk.get("device") == "disk" and _attribute(disk, "alias", "name") != SEED_ALIAS:
            return disk
    return None


def _seed(mark: etree._Element | None, owner: Mark | None) -> Seed | None:
    text = mark.get("seed") if mark is not None and owner is not None else None
    with contextlib.suppress(ValueError):  # of another version of us: it is to be told anew
        return seed_from_json(text) if text else None
    return None


def _text(root: etree._Element, path: str) -> str:
    return (root.findtext(path) or "").strip()


def _attribute(root: etree._Element, path: str, name: str) -> str:
    found = root.find(path)
    return found.get(name, "") if found is not None else ""
