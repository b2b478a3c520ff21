"""Deployments: a plan carried out on every hypervisor concerned."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from designer.labs.models import Lab


class Kind(models.TextChoices):
    DEPLOY = "deploy", "Deploy"
    DESTROY = "destroy", "Destroy"
    PLAN = "plan", "Plan"


class State(models.TextChoices):
    PLANNING = "planning", "Planning"
    PLANNED = "planned", "Planned"
    APPLYING = "applying", "Applying"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


OPEN = (State.PLANNING, State.PLANNED, State.APPLYING)


class Fence(models.Model):
    """Numbers the jobs of a lab: a later number is the newer will, and an agent that holds an
    older one has been overtaken."""

    lab = models.OneToOneField(Lab, primary_key=True, on_delete=models.CASCADE)
    generation = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"generation {self.generation}"


class Deployment(models.Model):
    """At most one of a lab is open. ``ending`` is set while parts are put back to what they were:
    it is the state to come when the last of them is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="deployments")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNING)
    ending = models.CharField(max_length=10, choices=State.choices, blank=True, default="")
    generation = models.PositiveBigIntegerField()
    revision = models.PositiveIntegerField()
    draft = models.BooleanField(default=False)
    """Planned from a file that is no revision of the lab: may be looked at, never applied."""
    placement = models.JSONField(default=dict)
    """{host id: hypervisor id}, as it was when the plan was made."""
    auto = models.BooleanField(default=False)
    """Apply as soon as everything is planned. A preflight that finds something lost takes it
    back: a person goes on, or nobody does."""
    despite_preflight = models.BooleanField(default=False)
    """Go on whatever the preflight finds."""
    over_management = models.BooleanField(default=False)
    """Go on even where a NIC is changed by which a hypervisor is reached."""
    with_restarts = models.BooleanField(default=False)
    """Go on even where VMs that run are restarted."""
    at_next_start = models.BooleanField(default=False)
    """Restart none for what it can have at its next start."""
    message = models.TextField(blank=True, default="")
    warnings = models.JSONField(default=list)
    """What the rules say of the design where it is placed; what they say of the drawing alone is
    beside the drawing."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ("lab", "generation")
        constraints = (
            models.UniqueConstraint(
                fields=["lab"],
                condition=models.Q(state__in=OPEN),
                name="deploy_one_open_deployment",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
