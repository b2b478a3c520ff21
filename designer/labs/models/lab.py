"""A lab, the design it stands at, and how the design is laid out."""

from __future__ import annotations

import secrets
import string
import uuid

from django.conf import settings
from django.db import models

from designer.labs.models.people import Team

TAG_LETTERS = string.ascii_lowercase + string.digits


def new_tag() -> str:
    """Marks everything a lab owns on hypervisors: 8 random characters (41 bits)."""
    return "".join(secrets.choice(TAG_LETTERS) for _ in range(8))


class Lab(models.Model):
    """A design and its history, owned by a team. Small on purpose: each event updates ``seq``
    here, and the row is the lab's lock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tag = models.CharField(max_length=8, unique=True, default=new_tag, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="labs")
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True, default="")
    revision = models.PositiveIntegerField(default=0)
    """The number of the head revision."""
    seq = models.PositiveBigIntegerField(default=0)
    """The number of the last event."""
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now_add=True)
    """When the design was last edited."""
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class Head(models.Model):
    """The lab's present design as a written document: canonical JSON, defaults left out."""

    lab = models.OneToOneField(Lab, primary_key=True, on_delete=models.CASCADE)
    document = models.TextField()

    def __str__(self) -> str:
        return f"head of {self.lab_id}"


class Look(models.Model):
    """How one record is drawn: position, size, colour, whether it is collapsed. Beside the
    design, never in it. Kept when its record goes, so that undo puts it back in its place."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="looks")
    ref = models.CharField(max_length=140)
    values = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["lab", "ref"], name="labs_look_once"),)

    def __str__(self) -> str:
        return self.ref
