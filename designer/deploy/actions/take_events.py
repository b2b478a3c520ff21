"""Take what an agent reports: in order, and each with its effect once.

The number up to which events were taken is written in the transaction of their effects: what
comes again after a lost acknowledgement is known by its number. Many events are taken in one
transaction, and of progress and statuses only the last word counts in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from designer.deploy.actions.record_acted import action_of, record_acted
from designer.deploy.actions.record_checked import part_of, record_checked
from designer.deploy.actions.record_finished import record_finished
from designer.deploy.actions.record_plan import record_plan
from designer.deploy.actions.record_probed import record_probed, run_of
from designer.deploy.actions.record_progress import record_progress
from designer.deploy.actions.record_statuses import record_statuses
from designer.deploy.locks import lock_several
from designer.deploy.models import Deployment, Hypervisor
from designer.labs.models import Lab
from designer.wire import inventory_to_json
from designer.wire.agent import (
    Acted,
    AgentEvent,
    Checked,
    Finished,
    InventoryTold,
    Planned,
    Probed,
    Progress,
    StatusTold,
)

Numbered = tuple[int, AgentEvent]


def take_events(
    hypervisor_id: UUID, session: UUID, boot: str, events: Sequence[Numbered]
) -> int | None:
    """The number up to which everything of this boot was taken. None: a newer connection of this
    hypervisor has taken over, and nothing was taken."""
    with transaction.atomic():
        hypervisor = Hypervisor.objects.select_for_update(no_key=True).get(pk=hypervisor_id)
        if hypervisor.session != session or hypervisor.boot != boot:
            return None
        new = [(number, event) for number, event in events if number > hypervisor.acked]
        if new:
            _take(hypervisor, [event for _, event in new])
            hypervisor.acked = max(number for number, _ in new)
        hypervisor.last_seen = timezone.now()
        hypervisor.save(update_fields=["acked", "last_seen", "inventory"])
        return hypervisor.acked


def _take(hypervisor: Hypervisor, events: Sequence[AgentEvent]) -> None:
    labs = _lock_labs(hypervisor, events)
    for event in _last_words(events):
        match event:
            case Planned():
                record_plan(hypervisor, event)
            case Progress():
                record_progress(hypervisor, event)
            case Finished():
                record_finished(hypervisor, event)
            case StatusTold():
                if event.lab in labs:
                    record_statuses(labs[event.lab], hypervisor, event)
            case Checked():
                record_checked(hypervisor, event)
            case Probed():
                record_probed(hypervisor, event)
            case Acted():
                record_acted(hypervisor, event)
            case InventoryTold():
                hypervisor.inventory = inventory_to_json(event.inventory)


def _lock_labs(hypervisor: Hypervisor, events: Iterable[AgentEvent]) -> Mapping[str, Lab]:
    """The labs that the events are about, by tag; only such as this hypervisor has to do with."""
    tags = {event.lab for event in events if isinstance(event, StatusTold)}
    deployments = {
        id
        for event in events
        if isinstance(event, Planned | Progress | Finished) and (id := _uuid(event.deployment))
    }
    ids = set(
        Deployment.objects.filter(pk__in=deployments, parts__hypervisor=hypervisor).values_list(
            "lab_id", flat=True
        )
    )
    ids.update(_labs_of_runs(hypervisor, events))
    if tags:
        here = Lab.objects.filter(tag__in=tags, deployments__parts__hypervisor=hypervisor)
        ids.update(here.distinct().values_list("pk", flat=True))
    return {lab.tag: lab for lab in lock_several(ids).values()} if ids else {}


def _labs_of_runs(hypervisor: Hypervisor, events: Iterable[AgentEvent]) -> Iterable[UUID]:
    """Of the checks, probes and actions that are told of."""
    for event in events:
        if isinstance(event, Checked) and (part := part_of(hypervisor, event.run)):
            yield part.run.lab_id
        elif isinstance(event, Probed) and (run := run_of(hypervisor, event.run)):
            yield run.lab_id
        elif isinstance(event, Acted) and (action := action_of(hypervisor, event.run)):
            yield action.lab_id


def _last_words(events: Sequence[AgentEvent]) -> list[AgentEvent]:
    """The events without those that a later one of them makes void; statuses merged per lab and
    put last, where they find their deployments as they ended."""
    progress: dict[tuple[str, int], int] = {}
    for at, event in enumerate(events):
        if isinstance(event, Progress):
            progress[event.deployment, event.generation] = at
    kept: list[AgentEvent] = []
    reports: dict[str, StatusTold] = {}
    for at, event in enumerate(events):
        if isinstance(event, StatusTold):
            reports[event.lab] = _merged(reports.get(event.lab), event)
        elif not isinstance(event, Progress) or at in progress.values():
            kept.append(event)
    return [*kept, *reports.values()]


def _merged(older: StatusTold | None, newer: StatusTold) -> StatusTold:
    if older is None or newer.complete:
        return newer
    both = {**older.statuses, **newer.statuses}
    return newer.model_copy(update={"statuses": both, "complete": older.complete})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
