"""Footprints: what labs have left on hypervisors."""

from __future__ import annotations

from django.db import models

from designer.deploy.models.hypervisor import Hypervisor
from designer.labs.models import Lab


class Footprint(models.Model):
    """Made before an agent may touch anything for a lab, gone when the agent has removed all of
    it: so destroy finds every hypervisor that the lab was ever on, also after its hosts moved.

    ``resources`` is what was last applied and verified there, empty where nothing ever was: the
    state to put back to. A lab that has a footprint cannot be deleted.
    """

    lab = models.ForeignKey(Lab, on_delete=models.PROTECT, related_name="footprints")
    hypervisor = models.ForeignKey(Hypervisor, on_delete=models.PROTECT, related_name="footprints")
    resources = models.JSONField(default=list)
    origins = models.JSONField(default=list)
    generation = models.PositiveBigIntegerField(default=0)
    """Of the job that was applied; 0: none was yet."""
    digest = models.CharField(max_length=64, blank=True, default="")
    """Of resources and origins (designer.deploy.digests)."""
    boot = models.CharField(max_length=64, blank=True, default="")
    """The run of the agent that applied it: while that goes on, the agent knows of it."""
    since = models.PositiveBigIntegerField(default=0)
    """Of the deployment that first touched the hypervisor for the lab."""
    revision = models.PositiveIntegerField(null=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["lab", "hypervisor"], name="deploy_one_footprint_a_hypervisor"
            ),
        )

    def __str__(self) -> str:
        return f"{self.lab_id} on {self.hypervisor_id}"
