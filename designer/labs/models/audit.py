"""Who did what, kept when its object is gone."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Audit(models.Model):
    """One action. ``actor`` is null for the system and for agents; ``details`` says which."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    action = models.CharField(max_length=60)
    object = models.CharField(max_length=120)
    """``lab/UUID``, ``hypervisor/UUID``, ``deployment/UUID`` …"""
    at = models.DateTimeField(auto_now_add=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["object", "at"], name="labs_audit_by_object"),)

    def __str__(self) -> str:
        return f"{self.action} {self.object}"
