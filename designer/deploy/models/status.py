"""What agents last observed."""

from __future__ import annotations

from django.db import models

from designer.deploy.models.hypervisor import Hypervisor
from designer.labs.models import Lab


class LabStatus(models.Model):
    """One hypervisor's word on one record of the design. Two hypervisors may have one on the
    same record (a segment); what is shown is merged (designer.deploy.statuses)."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="statuses")
    ref = models.CharField(max_length=140)
    hypervisor = models.ForeignKey(Hypervisor, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10)
    detail = models.TextField(blank=True, default="")
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["lab", "ref", "hypervisor"], name="deploy_one_status_a_hypervisor"
            ),
        )

    def __str__(self) -> str:
        return f"{self.ref} {self.state}"
