"""Calling agents. A call says only which deployment, hypervisor and generation; lost, late,
repeated or forged ones change nothing, because the agent fetches its job from us.

A call is sent after the transaction that wants it has been committed. If the broker does not
answer, the part says so and :mod:`designer.deploy.reconcile` sends again; agents ask for what is
theirs every few seconds besides.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache

import celery
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from designer.deploy.announce import announce
from designer.deploy.locks import lock
from designer.deploy.models import Deployment, Part
from designer.deploy.transitions import TO_DO
from designer.wire.names import DEPLOY, queue_of

log = logging.getLogger(__name__)

BROKER_DOWN = "The broker does not answer; the call is sent again until it does."


@cache
def sender(broker: str) -> celery.Celery:
    """The server's end of Celery. It knows tasks by name only."""
    app = celery.Celery("trunkline", broker=broker, set_as_current=False)
    app.conf.update(
        broker_transport_options={
            "socket_connect_timeout": 2,  # seconds
            "socket_timeout": 5,
            "max_retries": 0,
        },
        broker_connection_timeout=2,
        task_ignore_result=True,
        task_publish_retry=False,
    )
    return app


def call_on_commit(parts: Iterable[Part]) -> None:
    """Call the agents of these parts once what was written stands."""
    keys = [(part.pk, part.generation) for part in parts]
    if keys:
        transaction.on_commit(lambda: call(keys), robust=True)


def call(keys: Iterable[tuple[int, int]]) -> None:
    """Call the agents of these parts, given as (part, generation), where they still have
    something to do."""
    down: list[Part] = []
    for pk, generation in keys:
        part = (
            Part.objects.select_related("deployment", "hypervisor")
            .filter(pk=pk, generation=generation, state__in=TO_DO)
            .first()
        )
        if part is None:
            continue
        if not down and _send(part):
            Part.objects.filter(pk=pk, generation=generation).update(sent=timezone.now())
            if part.note == BROKER_DOWN:
                _note(part, "")
        else:
            down.append(part)
            if part.note != BROKER_DOWN:
                _note(part, BROKER_DOWN)


def _send(part: Part) -> bool:
    hypervisor = str(part.hypervisor_id)
    try:
        sender(settings.REDIS_URL).send_task(
            DEPLOY,
            kwargs={
                "deployment": str(part.deployment_id),
                "hypervisor": hypervisor,
                "generation": part.generation,
            },
            queue=queue_of(hypervisor),
            ignore_result=True,
        )
    except (OperationalError, OSError) as error:
        log.warning("The call for %s was not sent: %s", part.hypervisor.name, error)
        return False
    return True


def _note(part: Part, note: str) -> None:
    with transaction.atomic():
        lock(part.deployment.lab_id)
        same = Part.objects.filter(pk=part.pk, generation=part.generation, fetched__isnull=True)
        if same.update(note=note):
            announce(Deployment.objects.select_related("lab").get(pk=part.deployment_id))
