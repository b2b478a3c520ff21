"""A team's library as the rules and the compiler need it."""

from __future__ import annotations

from typing import cast

from designer.images.models import Image
from designer.labs.models import Team
from designer.machine.images import LibraryImage, Role


def library_of(team: Team) -> dict[str, LibraryImage]:
    """Its images by name."""
    return {
        one.name: LibraryImage(
            name=one.name,
            role=cast(Role, one.role),
            sha256=one.sha256,
            size=one.size,
            virtual_size=one.virtual_size,
        )
        for one in Image.objects.filter(team=team)
    }
