"""Actions on VMs: what somebody asked of one VM by hand, and what became of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from designer.deploy.models.hypervisor import Hypervisor
from designer.labs.models import Lab


class VmActionKind(models.TextChoices):
    START = "start", "Start"
    SHUTDOWN = "shutdown", "Shut down"
    REBOOT = "reboot", "Restart"
    FORCE_OFF = "force-off", "Force off"
    PAUSE = "pause", "Pause"
    RESUME = "resume", "Resume"
    SNAPSHOT = "snapshot", "Take a snapshot"
    REVERT = "revert", "Go back to a snapshot"
    DELETE_SNAPSHOT = "delete-snapshot", "Delete a snapshot"
    CLONE = "clone", "Copy the disk"


class VmActionState(models.TextChoices):
    ASKED = "asked", "Asked"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unknown"


UNDER_WAY = (VmActionState.ASKED, VmActionState.RUNNING)


class VmAction(models.Model):
    """Its id is the run's name on the wire. ``deadline``: when the agent must have said something
    more; each word moves it on. After "unknown" the truth may still come, and is taken."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="vm_actions")
    hypervisor = models.ForeignKey(Hypervisor, on_delete=models.CASCADE, related_name="+")
    node = models.CharField(max_length=40)
    domain = models.CharField(max_length=120)
    action = models.CharField(max_length=16, choices=VmActionKind.choices)
    snapshot = models.CharField(max_length=60, blank=True, default="")
    clone = models.CharField(max_length=40, blank=True, default="")
    """The drawn VM, not deployed yet, whose disk is to be a copy."""
    state = models.CharField(
        max_length=8, choices=VmActionState.choices, default=VmActionState.ASKED
    )
    message = models.TextField(blank=True, default="")
    advice = models.TextField(blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    deadline = models.DateTimeField()
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ("lab", "created")
        indexes = (models.Index(fields=["hypervisor", "state"], name="deploy_vm_actions_open"),)

    def __str__(self) -> str:
        return f"{self.action} of {self.node}"

    @property
    def is_open(self) -> bool:
        return self.state in UNDER_WAY
