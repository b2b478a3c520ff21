"""Machine states as JSON for golden files: what is unstated is left out."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from designer.compiler import Compiled


def told(compiled: Compiled) -> str:
    """Every resource of every hypervisor with the record it comes from, in order."""
    machines = {
        hypervisor: {
            "resources": [
                {"from": compiled.origins[hypervisor][one.key], **_stated(one)} for one in state
            ],
            "macs": dict(compiled.macs[hypervisor]),
        }
        for hypervisor, state in compiled.states.items()
    }
    return json.dumps(machines, indent=1) + "\n"


def _stated(resource: Any) -> dict[str, Any]:
    return {
        "kind": resource.kind,
        **{
            name: _without_none(value)
            for name, value in dataclasses.asdict(resource).items()
            if value is not None and name != "kind"
        },
    }


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if one is not None}
    return [_without_none(one) for one in value] if isinstance(value, list | tuple) else value
