"""The lab's row is the lock for everything about the lab; its fence numbers what is asked of
agents. Whoever needs several locks takes the team's first, then hypervisors', then labs', each in
the order of their ids."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from designer.deploy.models import Fence
from designer.labs.models import Lab


def lock(lab_id: UUID) -> Lab:
    """The lab as it is now, held until the transaction ends."""
    return Lab.objects.select_for_update().get(pk=lab_id)


def lock_several(lab_ids: Iterable[UUID]) -> dict[UUID, Lab]:
    wanted = sorted(set(lab_ids))
    return {
        lab.pk: lab for lab in Lab.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    }


def next_generation(lab: Lab) -> int:
    """A number above every earlier one of this lab. Under the lab's lock."""
    fence, _ = Fence.objects.get_or_create(lab=lab)
    fence.generation += 1
    fence.save(update_fields=["generation"])
    return fence.generation
