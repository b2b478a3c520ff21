"""Images, uploads, and how much of its quota a team takes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from designer.api.schemas.common import Strict
from designer.api.schemas.deployments import LooseUuid

Role = Literal["disk", "kernel", "initrd"]


class ImageOut(Schema):
    """Sizes in bytes. ``labs`` are the team's labs that have it in their design, ``copied`` the
    hypervisors that have a copy."""

    id: UUID
    team: str
    team_id: UUID
    name: str
    role: Role
    format: Literal["qcow2", "raw", ""]
    size: int
    virtual_size: int
    sha256: str
    state: Literal["ready", "missing"]
    by: str
    at: datetime
    labs: list[str]
    copied: list[str]


class ChoiceOut(Schema):
    """An image that a VM can name."""

    name: str
    role: Role
    format: Literal["qcow2", "raw", ""]
    size: int
    virtual_size: int


class UploadIn(Strict):
    """What is to come. ``sha256`` is compared with what has come, if it is given; ``replaces``:
    an image of that name gives way."""

    team: LooseUuid | None = None
    name: Annotated[str, Field(max_length=200)]
    role: Role
    size: Annotated[int, Field(ge=0, le=2**53)]
    sha256: Annotated[str, Field(max_length=80)] = ""
    replaces: bool = False


class UploadOut(Schema):
    """``received`` bytes are there: the next piece starts there. ``piece`` is how many bytes one
    may have."""

    id: UUID
    name: str
    size: int
    received: int
    piece: int


class Share(Schema):
    """``used`` of ``limit``."""

    used: int
    limit: int


class UsageOut(Schema):
    """What a team takes of its quota: VMs, vCPUs, memory (MiB) and disks (bytes) of its deployed
    labs, and its image library (bytes)."""

    team: UUID
    name: str
    vms: Share
    vcpus: Share
    memory: Share
    disk: Share
    images: Share
