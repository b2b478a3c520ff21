"""Delete an image that no lab uses."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from designer.images import storage
from designer.images.models import Image
from designer.images.used import labs_that_draw
from designer.labs import audit
from designer.labs.errors import Refused
from designer.labs.models import User
from designer.rules import listed

Objection = Callable[[Image], list[str]]
objections: list[Objection] = []
"""Asked before an image goes: the names of labs that stand with it. This room knows nothing of
deployments; the deploy room adds its own when it is loaded."""


def delete_image(image: Image, by: User | None) -> None:
    """Raises :class:`Refused`, naming the labs, while any has it."""
    with storage.locked():
        with transaction.atomic():
            labs = set(labs_that_draw(image))
            for objection in objections:
                labs.update(objection(image))
            if labs:
                several = "Labs use" if len(labs) > 1 else "A lab uses"
                raise Refused(
                    "in-use",
                    f"{several} {image.name}: {listed(labs)}. Choose another image there first, "
                    "and deploy again where it is deployed.",
                )
            Image.objects.filter(pk=image.pk).delete()
            audit.record(
                by,
                "image.delete",
                f"image/{image.pk}",
                name=image.name,
                team=str(image.team_id),
                sha256=image.sha256,
            )
        release(image.sha256)


def release(*contents: str) -> None:
    """Remove files that no image has any more. Under the storage's lock, after the transaction."""
    for sha256 in filter(None, contents):
        if not Image.objects.filter(sha256=sha256).exists():
            storage.content(sha256).unlink(missing_ok=True)
