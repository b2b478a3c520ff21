"""Numbers without gaps, kept as long as they may be needed."""

from __future__ import annotations

import pytest
import redis

from designer.labs import events
from designer.labs.models import Lab, LabEvent
from tests.cast import Cast, make_cast


def test_numbers_have_no_gaps_and_old_events_go(cast: Cast) -> None:
    count = events.KEPT + 150
    assert [events.emit(cast.lab, {"kind": "lab", "name": "x"}) for _ in range(count)] == list(
        range(1, count + 1)
    )
    kept = list(LabEvent.objects.filter(lab=cast.lab).values_list("seq", flat=True))
    assert kept == list(range(kept[0], count + 1))
    assert events.KEPT <= len(kept) < events.KEPT + 100


@pytest.mark.django_db(transaction=True)
def test_a_lost_redis_loses_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    monkeypatch.undo()  # the real publisher, and no Redis behind it
    events.emit(cast.lab, {"kind": "lab", "name": "x"})
    assert Lab.objects.get(pk=cast.lab.pk).seq == 1
    assert LabEvent.objects.filter(lab=cast.lab).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_is_on_its_channel(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    monkeypatch.setattr(events, "publish", _real_publish)
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as pubsub:
        pubsub.subscribe(events.channel_of(cast.lab.pk))
        assert pubsub.get_message(timeout=30) is not None
        events.emit(cast.lab, {"kind": "lab", "name": "Ünïcode <b>"})
        message = pubsub.get_message(timeout=30)
    assert message is not None
    assert message["data"].decode() == (
        '1 {"type":"event","seq":1,"event":{"kind":"lab","name":"Ünïcode <b>"}}'
    )


_real_publish = events.publish
