"""Start, shut down, pause a VM and so on, now."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from designer.deploy import acting, placements
from designer.deploy.errors import Conflict
from designer.deploy.locks import lock
from designer.deploy.models import VmAction, VmActionKind
from designer.labs import audit, documents
from designer.labs.errors import NotFound
from designer.labs.models import Lab, User
from designer.topology.design import Design
from designer.topology.kinds import Vm

SEVERAL = (VmActionKind.START, VmActionKind.SHUTDOWN, VmActionKind.FORCE_OFF,
           VmActionKind.PAUSE, VmActionKind.RESUME, VmActionKind.REBOOT)  # fmt: skip
"""What can be asked of several VMs at once."""


def act_on_vm(
    lab: Lab, by: User | None, node: str, action: str, *, snapshot: str = "", clone: str = ""
) -> VmAction:
    """Raises :class:`NotFound` for a VM that is neither drawn nor deployed, and :class:`Conflict`
    where it cannot be asked now. ``clone`` is a drawn VM that is not deployed yet."""
    with transaction.atomic():
        lock(lab.pk)
        lab = Lab.objects.select_related("head", "team").get(pk=lab.pk)
        design = documents.of(lab).design
        if not isinstance(design.nodes.get(node), Vm) and acting.where(lab, node) is None:
            raise NotFound(f"VM {node!r}")
        if clone:
            _require_clonable(lab, design, node, clone)
        return _ask(lab, by, node, action, snapshot, clone)


def act_on_vms(
    lab: Lab, by: User | None, action: str, nodes: Sequence[str] | None = None
) -> tuple[list[VmAction], dict[str, str]]:
    """Of these VMs, or of all that are drawn: what was begun, and by node why the rest was not.
    Raises :class:`NotFound` for one that is not drawn, :class:`Conflict` where none was begun."""
    with transaction.atomic():
        lock(lab.pk)
        lab = Lab.objects.select_related("head", "team").get(pk=lab.pk)
        drawn = [vm.id for vm in documents.of(lab).design.of_kind(Vm)]
        for node in nodes or ():
            if node not in drawn:
                raise NotFound(f"VM {node!r}")
        begun: list[VmAction] = []
        left_out: dict[str, str] = {}
        first: Conflict | None = None
        for node in drawn if nodes is None else dict.fromkeys(nodes):
            try:
                begun.append(_ask(lab, by, node, action, "", ""))
            except Conflict as error:
                left_out[node], first = error.message, first or error
        if not begun:
            raise first or Conflict("no-vms", "There are no VMs in this lab.")
    return begun, left_out


def _ask(lab: Lab, by: User | None, node: str, action: str, snapshot: str, clone: str) -> VmAction:
    made = acting.begin(lab, by, node, action, snapshot=snapshot, clone=clone)
    details = {"snapshot": snapshot, "clone": clone, "hypervisor": made.hypervisor.name}
    given = {name: value for name, value in details.items() if value}
    audit.record(by, f"vm.{action}", lab, node=node, run=str(made.pk), **given)
    return made


def _require_clonable(lab: Lab, design: Design, node: str, clone: str) -> None:
    """The copy lies where the original does, and is of the same image."""
    source, target = design.nodes.get(node), design.nodes.get(clone)
    if not isinstance(source, Vm) or not isinstance(target, Vm):
        raise NotFound(f"VM {clone!r}")
    if acting.where(lab, clone) is not None:
        words = f"{clone} is deployed already. Clone into a VM that is only drawn."
        raise Conflict("deployed", words)
    placed = placements.placed(lab)
    if source.host != target.host and placed.get(source.host) != placed.get(target.host):
        words = f"{clone} is on another hypervisor than {node}. Put both on one."
        raise Conflict("elsewhere", words)
    if source.disk != target.disk:
        words = f"{clone} starts from another disk image than {node}. Give it the same one."
        raise Conflict("other-disk", words)
