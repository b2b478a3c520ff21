"""How much of a hypervisor, and of its team's quota, a lab has."""

from __future__ import annotations

from django.db import models

from designer.deploy.models.hypervisor import Hypervisor
from designer.labs.models import Lab


class Share(models.Model):
    """Taken when a deployment starts, one row for each generation that wants it: while one
    becomes the other, of each the larger counts. ``memory`` in MiB, ``disk`` in bytes as large as
    the VMs' disks can grow."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="shares")
    hypervisor = models.ForeignKey(Hypervisor, on_delete=models.CASCADE, related_name="shares")
    generation = models.PositiveBigIntegerField()
    vms = models.PositiveIntegerField()
    vcpus = models.PositiveIntegerField()
    memory = models.PositiveBigIntegerField()
    disk = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["lab", "hypervisor", "generation"], name="deploy_one_share_a_generation"
            ),
        )

    def __str__(self) -> str:
        return f"share of {self.lab_id} on {self.hypervisor_id}"
