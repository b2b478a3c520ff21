"""Rules on a design where it is placed. A new rule is a new file and a line here."""

from collections.abc import Callable, Iterator

from designer.rules.findings import Finding
from designer.rules.placed.capacity import capacity
from designer.rules.placed.dropped import dropped
from designer.rules.placed.features import features
from designer.rules.placed.forwards import forwards
from designer.rules.placed.host_gateways import host_gateways
from designer.rules.placed.hosts import hosts
from designer.rules.placed.images import images
from designer.rules.placed.mtu_underlay import mtu_underlay
from designer.rules.placed.names_taken import names_taken
from designer.rules.placed.networks_there import networks_there
from designer.rules.placed.nic_plain import nic_plain
from designer.rules.placed.nic_there import nic_there
from designer.rules.placed.nic_tunnel import nic_tunnel
from designer.rules.placed.quota import quota
from designer.rules.placed.subnets_taken import subnets_taken
from designer.rules.placed.trunks import trunks
from designer.rules.site import Site

Rule = Callable[[Site], Iterator[Finding]]

STRUCTURE: tuple[Rule, ...] = (hosts, networks_there, nic_there, nic_tunnel, trunks)
"""Without these the compiler does not know what to build; it asks them itself."""

RULES: tuple[Rule, ...] = (
    *STRUCTURE,
    capacity,
    dropped,
    features,
    forwards,
    host_gateways,
    images,
    mtu_underlay,
    names_taken,
    nic_plain,
    quota,
    subnets_taken,
)
