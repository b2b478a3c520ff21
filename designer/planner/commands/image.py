"""An image of the library: fetched once with curl(1) by the agent's credential, and kept."""

from __future__ import annotations

from designer.machine.resources import Image
from designer.planner.commands.typed import Command
from designer.planner.operations import Operation


def create(operation: Operation) -> list[Command]:
    image = operation.after
    assert isinstance(image, Image)
    url = f"https://CONTROLLER/agent/images/{image.sha256}"
    return [
        ("curl", "--fail", "--continue-at", "-", "--output", path_of(image.sha256), url),
        ("sha256sum", path_of(image.sha256)),
    ]


def delete(operation: Operation) -> list[Command]:
    """Nothing: others may use it by now."""
    assert isinstance(operation.before, Image)
    return []


def path_of(sha256: str) -> str:
    """Where it lies in the hypervisor's image folder."""
    return f".library/{sha256}"
