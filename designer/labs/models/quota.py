"""How much a team may have."""

from __future__ import annotations

from django.db import models

from designer.labs.models.people import Team


class Quota(models.Model):
    """Where a team's limits are not those of the settings: what is empty is as everywhere."""

    team = models.OneToOneField(
        Team, primary_key=True, on_delete=models.CASCADE, related_name="quota"
    )
    vms = models.PositiveIntegerField("VMs", null=True, blank=True)
    vcpus = models.PositiveIntegerField("vCPUs", null=True, blank=True)
    memory = models.PositiveIntegerField("memory (MiB)", null=True, blank=True)
    disk = models.PositiveIntegerField("VMs' disks (GiB)", null=True, blank=True)
    images = models.PositiveIntegerField("image library (GiB)", null=True, blank=True)

    def __str__(self) -> str:
        return f"quota of {self.team}"
