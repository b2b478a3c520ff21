"""``lab vm NAME NODE ACTION``: start, shut down, pause a VM and so on, and wait for the end."""

from __future__ import annotations

from typing import Any

from designer.deploy import acting, describe
from designer.deploy.actions.act_on_vm import SEVERAL, act_on_vm, act_on_vms
from designer.deploy.models import VmAction, VmActionKind, VmActionState
from designer.deploy.shell import waiting
from designer.deploy.shell.command import Verb
from designer.deploy.shell.ending import Ended, Exit
from designer.deploy.shell.finding import caller, the_lab

ON_SNAPSHOTS = (VmActionKind.SNAPSHOT, VmActionKind.REVERT, VmActionKind.DELETE_SNAPSHOT)


class Vm(Verb):
    name = "vm"
    help = "start, shut down, pause a VM and so on; take snapshots, go back to them; clone a disk"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="of the lab, or its id")
        parser.add_argument("node", help="the VM's id in the drawing, or 'all'")
        parser.add_argument("action", choices=VmActionKind.values)
        parser.add_argument("--snapshot", default="", metavar="NAME", help="which one")
        parser.add_argument(
            "--into", default="", metavar="NODE", help="the drawn VM that gets a copy of the disk"
        )
        self.add_timeout(parser)

    def run(self, options: dict[str, Any]) -> Any:
        who = caller(options["user"], options["team"])
        lab = the_lab(options["name"], who)
        action, node = options["action"], options["node"]
        snapshot, into = options["snapshot"], options["into"]
        if bool(snapshot) != (action in ON_SNAPSHOTS):
            raise Ended(Exit.USAGE, f"--snapshot goes with {', '.join(ON_SNAPSHOTS)}.")
        if bool(into) != (action == VmActionKind.CLONE):
            raise Ended(Exit.USAGE, "--into goes with clone.")
        if node != "all":
            begun = [act_on_vm(lab, who.user, node, action, snapshot=snapshot, clone=into)]
        elif action in SEVERAL:
            begun, left_out = act_on_vms(lab, who.user, action)
            for id, why in left_out.items():
                self.say(f"{id}: {why}")
        else:
            raise Ended(Exit.USAGE, f"{action} is for one VM at a time.")
        ended = [self._wait(one, options["timeout"]) for one in begun]
        for one in ended:
            self.print(f"{one.node}: {one.message} {one.advice}".rstrip())
        shown = [describe.vm_action(one) for one in ended]
        _require_done(ended, {"actions": shown})
        return shown[0] if node != "all" else shown

    def _wait(self, action: VmAction, timeout: float) -> VmAction:
        said = ""
        for _ in waiting.looks(timeout):
            now = VmAction.objects.select_related("lab", "hypervisor", "by").get(pk=action.pk)
            if not now.is_open:
                return now
            if now.message and now.message != said:
                said = now.message
                self.say(f"{now.node}: {said}")
        words = f"After {timeout:g} s {acting.busy(now)}. It goes on by itself."
        raise Ended(Exit.NO_ANSWER, words)


def _require_done(ended: list[VmAction], answer: dict[str, Any]) -> None:
    """Raises :class:`Ended` unless all are done."""
    bad = [one for one in ended if one.state != VmActionState.DONE]
    if not bad:
        return
    failed = any(one.state == VmActionState.FAILED for one in bad)
    code = Exit.FAILED if failed else Exit.NO_ANSWER
    words = " ".join(f"{one.node}: {one.message} {one.advice}".strip() for one in bad)
    raise Ended(code, words, kind="vm", answer=answer)
