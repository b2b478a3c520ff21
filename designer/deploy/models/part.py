"""Parts: what one deployment asks of one hypervisor."""

from __future__ import annotations

from django.db import models

from designer.deploy.models.deployment import Deployment
from designer.deploy.models.hypervisor import Hypervisor


class Phase(models.TextChoices):
    PLAN = "plan", "Plan"
    APPLY = "apply", "Apply"
    DESTROY = "destroy", "Destroy"


class PartState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    PLANNING = "planning", "Planning"
    PLANNED = "planned", "Planned"
    APPLYING = "applying", "Applying"
    APPLIED = "applied", "Applied"
    FAILED = "failed", "Failed"
    UNDONE = "undone", "Undone"
    REFUSED = "refused", "Refused"
    STALE = "stale", "Stale"


class PartManager(models.Manager["Part"]):
    """The wide columns are read only where they are asked for: a plan of 2,000 links has a
    megabyte, and progress comes many times a second."""

    def get_queryset(self) -> models.QuerySet[Part]:
        return super().get_queryset().defer("resources", "origins", "operations", "refusals")


class Part(models.Model):
    """The job that the agent fetches, and how far it is with it.

    (deployment, ``generation``) names one job: a new phase, or putting back, takes a new number.
    ``sent`` is when the broker took the call, ``fetched`` when the agent had the job.
    """

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="parts")
    hypervisor = models.ForeignKey(Hypervisor, on_delete=models.CASCADE, related_name="parts")
    generation = models.PositiveBigIntegerField()
    phase = models.CharField(max_length=8, choices=Phase.choices, default=Phase.PLAN)
    state = models.CharField(max_length=10, choices=PartState.choices, default=PartState.WAITING)
    putting_back = models.BooleanField(default=False)
    put_back = models.BooleanField(default=False)
    resting = models.CharField(max_length=10, choices=PartState.choices, blank=True, default="")
    """The state to take once it is put back: undone, or failed where the failure began."""
    removes = models.BooleanField(default=False)
    """Nothing of the lab is to stay on this hypervisor."""
    resources = models.JSONField(default=list)
    origins = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True, default="")
    """Of resources and origins (designer.deploy.digests)."""
    operations = models.JSONField(default=list)
    refusals = models.JSONField(default=list)
    restarts = models.JSONField(default=list)
    """Refs of the VMs that are stopped and started by it."""
    waits = models.JSONField(default=list)
    """Refs of the VMs that run on, and have some of it at their next start."""
    operations_count = models.PositiveIntegerField(default=0)
    guarded = models.JSONField(null=True)
    """Cards that are changed while the hypervisor is reached by them: designer.wire Guarded."""
    fingerprint = models.CharField(max_length=128, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True, default="")
    message = models.TextField(blank=True, default="")
    failure = models.JSONField(null=True)
    seconds = models.FloatField(null=True)
    writes = models.PositiveIntegerField(null=True)
    sent = models.DateTimeField(null=True)
    fetched = models.DateTimeField(null=True)

    objects = PartManager()

    class Meta:
        ordering = ("deployment", "hypervisor__name")
        constraints = (
            models.UniqueConstraint(
                fields=["deployment", "hypervisor"], name="deploy_one_part_a_hypervisor"
            ),
        )
        indexes = (models.Index(fields=["hypervisor", "state"], name="deploy_parts_to_do"),)

    def __str__(self) -> str:
        return f"part on {self.hypervisor_id}"
