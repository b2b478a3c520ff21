"""Let a user open a console of a VM, once."""

from __future__ import annotations

from django.db import transaction

from designer.deploy import consoles
from designer.labs import audit
from designer.labs.models import Lab, User
from designer.wire.console import ConsoleKind


def ask_console(
    lab: Lab, by: User, node: str, kind: ConsoleKind, *, session: str, force: bool = False
) -> str:
    """A token for this session, good once and for half a minute. Raises NotFound and Conflict."""
    with transaction.atomic():
        hypervisor = consoles.hypervisor_of(lab, node)
        audit.record(
            by, "console.ask", lab, node=node, kind=kind, hypervisor=hypervisor.name, force=force
        )
    return consoles.issue(lab, node, kind, hypervisor, session=session, force=force)
