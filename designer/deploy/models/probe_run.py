"""Probe runs: what the segments of a lab carry between its hypervisors."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from designer.deploy.models.deployment import Deployment
from designer.deploy.models.hypervisor import Hypervisor
from designer.labs.models import Lab


class ProbeRunState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unknown"


class ProbeRun(models.Model):
    """One table of what passes. That of a deployment waits until the plans are there; one that
    somebody asked for belongs to none."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="probe_runs")
    deployment = models.OneToOneField(
        Deployment, null=True, on_delete=models.CASCADE, related_name="probe_run"
    )
    state = models.CharField(
        max_length=8, choices=ProbeRunState.choices, default=ProbeRunState.WAITING
    )
    message = models.TextField(blank=True, default="")
    cells = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    deadline = models.DateTimeField(null=True)
    """Null: not begun."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ("lab", "created")

    def __str__(self) -> str:
        return f"probe run {self.id}"


class ProbePart(models.Model):
    """What one hypervisor sends and listens for, and what it heard."""

    run = models.ForeignKey(ProbeRun, on_delete=models.CASCADE, related_name="parts")
    hypervisor = models.ForeignKey(Hypervisor, on_delete=models.CASCADE, related_name="+")
    probes = models.JSONField()
    """As they go to the agent."""
    nics = models.JSONField(null=True)
    """As the agent told; null: it has not yet."""

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["run", "hypervisor"], name="deploy_one_probe_part_a_hypervisor"
            ),
        )

    def __str__(self) -> str:
        return f"probes of {self.hypervisor_id}"
