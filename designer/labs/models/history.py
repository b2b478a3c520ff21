"""What happened to a lab: revisions of its design, and its numbered events."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from designer.labs.models.lab import Lab


class Revision(models.Model):
    """One accepted edit. The whole document is kept at every 50th revision; the ones between
    are had by applying edits to the one before (designer.labs.revisions)."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    edit = models.JSONField()
    edit_id = models.CharField(max_length=64)
    """Chosen by whoever edits; the same edit sent again gets the same answer."""
    summary = models.CharField(max_length=200, blank=True, default="")
    document = models.TextField(null=True)  # null: no snapshot here; never empty
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("lab", "number")
        constraints = (
            models.UniqueConstraint(fields=["lab", "number"], name="labs_revision_once"),
            models.UniqueConstraint(fields=["lab", "edit_id"], name="labs_edit_once"),
        )

    def __str__(self) -> str:
        return f"revision {self.number}"


class LabEvent(models.Model):
    """The last events of a lab, as they went to browsers (designer.labs.events)."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    body = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("lab", "seq")
        constraints = (models.UniqueConstraint(fields=["lab", "seq"], name="labs_event_once"),)

    def __str__(self) -> str:
        return f"event {self.seq}"
