"""Images of a team's library."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from designer.labs.models import Team


class Role(models.TextChoices):
    """What an image is for; as designer.machine.images has it."""

    DISK = "disk", "Disk"
    KERNEL = "kernel", "Kernel"
    INITRD = "initrd", "Initial RAM disk"


class Image(models.Model):
    """A team's name for a content. ``format`` is qcow2 or raw as it was found, "" of what is no
    disk; ``size`` in bytes of the file, ``virtual_size`` of the disk in it (0 where there is
    none)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="images")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=8, choices=Role.choices)
    format = models.CharField(max_length=8, blank=True, default="")
    size = models.PositiveBigIntegerField()
    virtual_size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    """When this content was uploaded."""

    class Meta:
        ordering = ("team", "name")
        constraints = (
            models.UniqueConstraint(fields=["team", "name"], name="images_name_once_a_team"),
        )

    def __str__(self) -> str:
        return self.name
