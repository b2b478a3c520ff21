"""Check runs: the drawn checks of a lab, asked of the hypervisors that it stands on."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from designer.deploy.models.deployment import Deployment
from designer.deploy.models.hypervisor import Hypervisor
from designer.labs.models import Lab


class Step(models.TextChoices):
    """In this order: that nobody answers says something only where others do."""

    REACH = "reach", "Must reach"
    NO_REACH = "no-reach", "Must not reach"


class CheckRunState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"


class CheckRun(models.Model):
    """One round of checks; at most one of a lab goes on. The results are statuses with the refs
    of the checks (designer.deploy.statuses)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="check_runs")
    deployment = models.ForeignKey(
        Deployment, null=True, on_delete=models.SET_NULL, related_name="check_runs"
    )
    """After which it was made; null: somebody asked for it."""
    state = models.CharField(
        max_length=8, choices=CheckRunState.choices, default=CheckRunState.RUNNING
    )
    step = models.CharField(max_length=8, choices=Step.choices, default=Step.REACH)
    left_out = models.JSONField(default=dict)
    """{check id: why it could not be asked}."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ("lab", "created")
        constraints = (
            models.UniqueConstraint(
                fields=["lab"],
                condition=models.Q(state="running"),
                name="deploy_one_running_check_run",
            ),
        )

    def __str__(self) -> str:
        return f"check run {self.id}"


class CheckPart(models.Model):
    """What one hypervisor is asked in one step. Its id is the run's name on the wire, so that an
    answer says which question it belongs to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(CheckRun, on_delete=models.CASCADE, related_name="parts")
    hypervisor = models.ForeignKey(Hypervisor, on_delete=models.CASCADE, related_name="+")
    step = models.CharField(max_length=8, choices=Step.choices)
    specs = models.JSONField()
    """As they go to the agent."""
    answered = models.JSONField(default=list)
    """Ids of the checks whose result has come."""
    deadline = models.DateTimeField(null=True)
    """Null: not asked yet."""
    done = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["run", "hypervisor", "step"], name="deploy_one_check_part_a_step"
            ),
        )

    def __str__(self) -> str:
        return f"checks on {self.hypervisor_id}"
