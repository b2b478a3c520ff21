"""A VM: a libvirt domain with a card for each of its linked interfaces. libvirt makes the taps."""

from __future__ import annotations

from dataclasses import replace

from designer.compiler import names
from designer.compiler.build import Build, vlans_of
from designer.compiler.seeds import seed_of
from designer.machine.images import library_name
from designer.machine.resources import Domain, DomainNic, Image
from designer.topology.document import natural
from designer.topology.kinds import Bridge, Network, Vm
from designer.topology.records import Interface
from designer.topology.vlans import ids_of


def compile_domain(build: Build, vm: Vm) -> None:
    cards = sorted(build.view.linked(vm.id), key=lambda one: natural(one.id))
    nics = tuple(_card(build, vm, card) for card in cards)
    domain = Domain(
        name=names.domain(build.lab, vm.id),
        uuid=names.domain_uuid(build.lab, vm.id),
        memory=vm.memory,
        memory_max=vm.memory_max or 0,
        vcpus=vm.vcpus,
        vcpus_max=vm.vcpus_max or 0,
        kernel=_image(build, vm, vm.kernel),
        initrd=_image(build, vm, vm.initrd),
        cmdline=vm.cmdline,
        disk=_image(build, vm, vm.disk),
        disk_size=vm.disk_size and vm.disk_size * 1024,
        disk_bus=vm.disk_bus,
        seed=seed_of(build, vm, [(card, nic.mac) for card, nic in zip(cards, nics, strict=True)]),
        nics=nics,
        graphics=vm.graphics,
        running=vm.running,
        owner=build.lab,
    )
    build.add(vm.id, domain, f"nodes/{vm.id}")


def _image(build: Build, vm: Vm, name: str) -> str:
    """The image as the machine state names it. One of the library has to be on the hypervisor
    first; every other is a file of the hypervisor's own folder."""
    image = build.site.library.get(name)
    if image is None:
        return name
    there = Image(sha256=image.sha256, name=image.name, size=image.size)
    build.share(vm.id, there, f"nodes/{vm.id}")
    return library_name(image.name, image.sha256)


def _card(build: Build, vm: Vm, card: Interface) -> DomainNic:
    link = build.view.links_at[card.id][0]
    far = build.view.far(link, card.id)
    bridge = build.view.node(far)
    assert isinstance(bridge, Bridge | Network)
    mac = build.guest_mac(card)
    build.macs[build.hypervisors[vm.id]][mac] = f"interfaces/{card.id}"
    made = DomainNic(
        mac=mac,
        bridge=build.bridge_name(bridge),
        network=build.network_name(bridge) if isinstance(bridge, Network) else "",
        model=card.model,
        mtu=card.mtu or far.mtu or build.lan_mtu(card.id),
        plugged=link.plugged,
    )
    if isinstance(bridge, Network) or not bridge.vlan_filtering:
        return made
    return replace(made, **vlans_of(far.vlan, ids_of(far.tagged)))
