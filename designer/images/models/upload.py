"""Uploads under way."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from designer.images.models.image import Role
from designer.labs.models import Team


class Upload(models.Model):
    """A file that comes piece by piece, and may go on after an interruption. How much of it is
    there is the length of its file (designer.images.storage). ``sha256`` is what its sender says
    it will be, "" where that is not said; ``replaces``: an image of this name gives way to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=8, choices=Role.choices)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, default="")
    replaces = models.BooleanField(default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    touched = models.DateTimeField()
    """When something of it last came."""

    def __str__(self) -> str:
        return f"upload of {self.name}"
