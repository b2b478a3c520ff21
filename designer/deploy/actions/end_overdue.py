"""Checks, probes and actions on VMs whose answers have not come in time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from designer.deploy import acting, carrying, checking, probing
from designer.deploy.locks import lock
from designer.deploy.models import (
    CheckPart,
    CheckRun,
    CheckRunState,
    ProbeRun,
    ProbeRunState,
    VmAction,
)
from designer.deploy.models.vm_action import UNDER_WAY


def end_overdue(now: datetime) -> None:
    """Say that they are unknown, and go on without them."""
    awaited = CheckPart.objects.filter(
        run=OuterRef("pk"),
        step=OuterRef("step"),
        done=False,
        deadline__gte=now,
        hypervisor__silent=False,
    )
    running = CheckRun.objects.filter(~Exists(awaited), state=CheckRunState.RUNNING)
    for pk, lab_id in running.values_list("pk", "lab_id"):
        with transaction.atomic():
            lock(lab_id)
            checking.go_on(CheckRun.objects.select_related("lab").get(pk=pk))
    late = ProbeRun.objects.filter(state=ProbeRunState.RUNNING, deadline__lt=now)
    for pk, lab_id in late.values_list("pk", "lab_id"):
        with transaction.atomic():
            lock(lab_id)
            run = ProbeRun.objects.select_related("lab", "deployment__lab", "deployment__by").get(
                pk=pk
            )
            if run.state == ProbeRunState.RUNNING:
                probing.conclude(run)
                if run.deployment is not None:
                    carrying.go_on(run.deployment)
    quiet = Q(deadline__lt=now) | Q(hypervisor__silent=True)
    for pk, lab_id in VmAction.objects.filter(quiet, state__in=UNDER_WAY).values_list(
        "pk", "lab_id"
    ):
        with transaction.atomic():
            lock(lab_id)
            acting.overdue(VmAction.objects.select_related("lab", "hypervisor", "by").get(pk=pk))
