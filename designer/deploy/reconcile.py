"""What messages lost and silence hides, found by looking. Safe to run anywhere, any number of
times at once."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from designer.deploy.actions.end_overdue import end_overdue
from designer.deploy.actions.mark_silent import mark_silent
from designer.deploy.dispatch import call
from designer.deploy.models import Hypervisor, Part
from designer.deploy.models.deployment import OPEN
from designer.deploy.transitions import TO_DO

HEARTBEAT = 10
"""Seconds between an agent's signs of life."""

EVERY = 5
"""Seconds between two looks."""

SILENT_AFTER = timedelta(seconds=3.5 * HEARTBEAT)
GONE_AFTER = timedelta(seconds=10)
"""Of a connection that was seen to end: long enough for an agent to be restarted."""


def sweep() -> None:
    """Mark who has fallen silent, send again what the broker did not take, end the checks,
    probes and actions whose time is over."""
    now = timezone.now()
    quiet = Q(last_seen__lt=now - SILENT_AFTER) | Q(
        session=None, last_seen__lt=now - GONE_AFTER
    )  # fmt: skip
    for hypervisor in Hypervisor.objects.filter(quiet, silent=False):
        mark_silent(hypervisor)
    unsent = Part.objects.filter(
        sent=None, fetched=None, state__in=TO_DO, deployment__state__in=OPEN
    )
    if keys := list(unsent.values_list("pk", "generation")):
        call(keys)
    end_overdue(now)
