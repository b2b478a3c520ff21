"""Machine resources, inventories and statuses to and from plain JSON values.

Read strictly: a wrong type, an unknown field or an unknown kind is a ValueError
(pydantic.ValidationError) that names the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic_core import to_json

from designer.machine.resources import Resource, Seed
from designer.machine.state import Inventory, MachineState
from designer.planner import Status as Observed

MOST_RESOURCES = 200_000
"""Of one lab on one hypervisor; more is refused before it is read."""

AnyResource = Annotated[Resource, Field(discriminator="kind")]
Resources = Annotated[list[AnyResource], Field(max_length=MOST_RESOURCES)]

_strict = ConfigDict(strict=True, extra="forbid")
_resources: TypeAdapter[list[Resource]] = TypeAdapter(Resources, config=_strict)
# Lists of one: pydantic gives a configuration to what is inside a list, not to a bare dataclass.
_inventory = TypeAdapter(list[Inventory], config=_strict)
_seed = TypeAdapter(list[Seed], config=_strict)
_status = TypeAdapter(list[Observed], config=_strict)


def resources_from_json(values: Sequence[Mapping[str, Any]]) -> list[Resource]:
    # As JSON and not as Python values: there a strict tuple may be written as a list.
    return _resources.validate_json(to_json(values))


def state_from_json(values: Sequence[Mapping[str, Any]]) -> MachineState:
    """Raises ValueError also where two resources have one key."""
    return MachineState.of(resources_from_json(values))


def resources_to_json(resources: Iterable[Resource]) -> list[dict[str, Any]]:
    dumped: list[dict[str, Any]] = _resources.dump_python(list(resources), mode="json")
    return dumped


def resource_to_json(resource: Resource) -> dict[str, Any]:
    return resources_to_json([resource])[0]


def seed_from_json(text: str) -> Seed:
    return _seed.validate_json(f"[{text}]")[0]


def seed_to_json(seed: Seed) -> str:
    """On one line, the same text for the same seed."""
    return _seed.dump_json([seed]).decode()[1:-1]


def inventory_from_json(values: Mapping[str, Any]) -> Inventory:
    return _inventory.validate_json(to_json([values]))[0]


def inventory_to_json(inventory: Inventory) -> dict[str, Any]:
    dumped: list[dict[str, Any]] = _inventory.dump_python([inventory], mode="json")
    return dumped[0]


def status_to_json(status: Observed) -> dict[str, Any]:
    dumped: list[dict[str, Any]] = _status.dump_python([status], mode="json")
    return dumped[0]
