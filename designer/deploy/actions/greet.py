"""An agent has connected: its connection is the live one from now on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from designer.deploy import acting, checking
from designer.deploy.announce import announce_hypervisors, labs_near
from designer.deploy.locks import lock_several
from designer.deploy.models import Hypervisor, VmAction
from designer.deploy.models.vm_action import UNDER_WAY
from designer.deploy.push import push_on_commit


def greet(
    hypervisor: Hypervisor, session: UUID, *, boot: str, version: str, inventory: Mapping[str, Any]
) -> int:
    """The number up to which events of this boot were taken. An older connection is told to end;
    what it still brings counts no more."""
    with transaction.atomic():
        now = timezone.now()
        row = Hypervisor.objects.select_for_update(no_key=True).get(pk=hypervisor.pk)
        same_boot = row.boot == boot
        if not same_boot:
            row.boot, row.acked = boot, 0
        row.session, row.version, row.inventory = session, version, dict(inventory)
        row.connected_at = row.last_seen = now
        returns, row.silent = row.silent, False
        row.save()
        acted_on = VmAction.objects.filter(hypervisor=row, state__in=UNDER_WAY)
        concerned = {
            *acted_on.values_list("lab_id", flat=True),
            *(labs_near(row) if returns else ()),
        }
        labs = lock_several(concerned).values() if concerned else ()
        if returns:
            announce_hypervisors(labs)
        push_on_commit(row.pk, {"type": "session", "session": str(session)})
        checking.ask_again(row)
        acting.greeted(row, same_boot=same_boot)
        for lab in labs if returns else ():
            checking.ask_after_silence(lab, row)
        return row.acked


def hang_up(hypervisor_id: UUID, session: UUID) -> None:
    """The connection has ended, unless a newer one has taken over."""
    Hypervisor.objects.filter(pk=hypervisor_id, session=session).update(
        session=None, last_seen=timezone.now()
    )


def seen(hypervisor_id: UUID, session: UUID) -> bool:
    """The agent is there. False: a newer connection has taken over."""
    mine = Hypervisor.objects.filter(pk=hypervisor_id, session=session)
    return mine.update(last_seen=timezone.now()) == 1
