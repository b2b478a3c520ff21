"""Rules on a design alone. A new rule is a new file and a line here."""

from collections.abc import Callable, Iterator

from designer.rules.drawn.bridge_vlans import bridge_vlans
from designer.rules.drawn.checks import checks
from designer.rules.drawn.dhcp_twice import dhcp_twice
from designer.rules.drawn.duplicate_ip import duplicate_ip
from designer.rules.drawn.duplicate_mac import duplicate_mac
from designer.rules.drawn.forwards import forwards
from designer.rules.drawn.host_gateway import host_gateway
from designer.rules.drawn.kernel_name import kernel_name
from designer.rules.drawn.link_ends import link_ends
from designer.rules.drawn.link_hosts import link_hosts
from designer.rules.drawn.link_self import link_self
from designer.rules.drawn.link_twice import link_twice
from designer.rules.drawn.link_unplugged import link_unplugged
from designer.rules.drawn.link_vlans import link_vlans
from designer.rules.drawn.loop import loop
from designer.rules.drawn.mtu import mtu_ends, mtu_ipv6, mtu_lan, mtu_vxlan
from designer.rules.drawn.networks import networks
from designer.rules.drawn.next_hop import next_hop
from designer.rules.drawn.nic_device import nic_device
from designer.rules.drawn.nic_sides import nic_sides
from designer.rules.drawn.reserved_name import reserved_name
from designer.rules.drawn.route_twice import route_twice
from designer.rules.drawn.router_interfaces import router_interfaces
from designer.rules.drawn.router_masquerade import router_masquerade
from designer.rules.drawn.segment_nics import segment_nics
from designer.rules.drawn.segment_vlans import segment_vlans
from designer.rules.drawn.stp_times import stp_times
from designer.rules.drawn.subnet_overlap import subnet_overlap
from designer.rules.drawn.subnet_prefix import subnet_prefix
from designer.rules.drawn.trunk_names import trunk_names
from designer.rules.drawn.trunk_ports import trunk_ports
from designer.rules.drawn.trunk_vlans import trunk_vlans
from designer.rules.drawn.unlinked import unlinked
from designer.rules.drawn.useless_field import useless_field
from designer.rules.drawn.vm_addresses import vm_addresses
from designer.rules.drawn.vm_boot import vm_boot
from designer.rules.drawn.vm_cloud_init import vm_cloud_init
from designer.rules.drawn.vm_link import vm_link
from designer.rules.drawn.vm_reserve import vm_reserve
from designer.rules.drawn.vni import vni
from designer.rules.findings import Finding
from designer.rules.view import View

Rule = Callable[[View], Iterator[Finding]]

STRUCTURE: tuple[Rule, ...] = (
    forwards,
    link_ends,
    link_hosts,
    link_self,
    link_twice,
    nic_device,
    router_masquerade,
    segment_nics,
    trunk_ports,
)
"""Without these the compiler does not know what to build; it asks them itself."""

RULES: tuple[Rule, ...] = (
    *STRUCTURE,
    bridge_vlans,
    checks,
    dhcp_twice,
    duplicate_ip,
    duplicate_mac,
    host_gateway,
    kernel_name,
    link_unplugged,
    link_vlans,
    loop,
    mtu_ends,
    mtu_ipv6,
    mtu_lan,
    mtu_vxlan,
    networks,
    next_hop,
    nic_sides,
    reserved_name,
    route_twice,
    router_interfaces,
    segment_vlans,
    stp_times,
    subnet_overlap,
    subnet_prefix,
    trunk_names,
    trunk_vlans,
    unlinked,
    useless_field,
    vm_addresses,
    vm_boot,
    vm_cloud_init,
    vm_reserve,
    vm_link,
    vni,
)
