"""What hypervisors told of themselves."""

from __future__ import annotations

import dataclasses

from designer import wire
from designer.deploy.models import Hypervisor
from designer.machine.state import Inventory


def inventory_of(hypervisor: Hypervisor) -> Inventory:
    """What the hypervisor last told of itself; an empty one where it never did."""
    if not hypervisor.inventory:
        return Inventory(name=hypervisor.name)
    told = wire.inventory_from_json(hypervisor.inventory)
    return dataclasses.replace(told, name=hypervisor.name)
