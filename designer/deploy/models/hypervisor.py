"""Registered machines, and the tokens by which they enrol."""

from __future__ import annotations

import uuid

from django.db import models

from designer.labs.models import Team


class Hypervisor(models.Model):
    """A real machine with an agent. Of the secrets only hashes are kept (designer.deploy.secrets).

    ``session`` is the one live connection of its agent: whoever connects last takes it over, and
    what an older connection still brings is refused. ``boot`` and ``acked`` say which events of
    the agent's present run were taken: each has its effect once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=63, unique=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="hypervisors"
    )
    """Null: every team may place hosts on it."""
    secret_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    broker_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    inventory = models.JSONField(default=dict, blank=True)
    version = models.CharField(max_length=40, blank=True, default="")
    session = models.UUIDField(null=True, editable=False)
    boot = models.CharField(max_length=64, blank=True, default="", editable=False)
    acked = models.PositiveBigIntegerField(default=0, editable=False)
    connected_at = models.DateTimeField(null=True, editable=False)
    last_seen = models.DateTimeField(null=True, editable=False)
    silent = models.BooleanField(default=True, editable=False)
    """Not heard of for so long that what it last said counts no more."""
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def enrolled(self) -> bool:
        return bool(self.secret_hash)


class EnrolmentToken(models.Model):
    """Lets one machine enrol as this hypervisor, once, for a while."""

    hypervisor = models.ForeignKey(Hypervisor, on_delete=models.CASCADE, related_name="tokens")
    hash = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"token of {self.hypervisor_id}"
