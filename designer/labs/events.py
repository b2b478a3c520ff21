"""A lab's numbered events: written with the change that they tell of, published when it holds.

A message on the channel of a lab is ``SEQ JSON``: the number, a space, and the text that goes to
every browser as it is. It is encoded here, once.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import redis
from django.conf import settings
from django.db import transaction
from django.db.models import F

from designer.labs.models import Lab, LabEvent

log = logging.getLogger(__name__)

KEPT = 500
"""Events kept for each lab. A browser that missed some takes a snapshot, so this is for people
who want to know what happened; revisions and the audit are kept for good."""


def channel_of(lab_id: uuid.UUID) -> str:
    return f"lab.{lab_id}"


def emit(lab: Lab, body: Mapping[str, Any]) -> int:
    """Numbers an event and publishes it on commit. Its number.

    Call it in the transaction of the change itself. The update of the lab's row is the lock that
    gives events of one lab one order.
    """
    with transaction.atomic():
        Lab.objects.filter(pk=lab.pk).update(seq=F("seq") + 1)
        seq = Lab.objects.values_list("seq", flat=True).get(pk=lab.pk)
        LabEvent.objects.create(lab_id=lab.pk, seq=seq, body=body)
        if seq % 100 == 0:
            LabEvent.objects.filter(lab_id=lab.pk, seq__lte=seq - KEPT).delete()
        message = f"{seq} {text_of(seq, body)}"
        transaction.on_commit(partial(publish, lab.pk, message), robust=True)
    lab.seq = seq
    return seq


def text_of(seq: int, body: Mapping[str, Any]) -> str:
    """The message that browsers get."""
    return json.dumps(
        {"type": "event", "seq": seq, "event": body}, separators=(",", ":"), ensure_ascii=False
    )


def publish(lab_id: uuid.UUID, message: str) -> None:
    """Hands it to Redis. A failure loses nothing but time: server processes compare their place
    with the database every few seconds and let browsers catch up."""
    try:
        _redis(settings.REDIS_URL).publish(channel_of(lab_id), message)
    except redis.RedisError as error:
        log.warning("An event of lab %s waits for the next look: Redis says %s", lab_id, error)


@cache
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=2, socket_connect_timeout=2, health_check_interval=30
    )
