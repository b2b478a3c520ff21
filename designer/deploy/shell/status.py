"""``lab status NAME``: what was last observed of a lab."""

from __future__ import annotations

from collections import Counter
from typing import Any

from designer.deploy import describe
from designer.deploy.models import Deployment, Footprint
from designer.deploy.shell import printing
from designer.deploy.shell.command import Verb
from designer.deploy.shell.finding import caller, the_lab
from designer.deploy.statuses import CHECKS, statuses_of
from designer.topology.document import natural


class Status(Verb):
    name = "status"
    help = "show what was last observed of a lab"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="of the lab, or its id")

    def run(self, options: dict[str, Any]) -> Any:
        lab = the_lab(options["name"], caller(options["user"], options["team"]))
        latest = Deployment.objects.filter(lab=lab, draft=False).order_by("-generation").first()
        stands = list(
            Footprint.objects.filter(lab=lab)
            .order_by("hypervisor__name")
            .values_list("hypervisor__name", flat=True)
        )
        statuses = statuses_of(lab)
        where = f"stands on {', '.join(stands)}" if stands else "is not deployed"
        self.print(f"{lab.name}: revision {lab.revision}, {where}")
        if latest is not None:
            self.print(f"last deployment: {latest.kind} {latest.state} {latest.message}".rstrip())
            for line in printing.progress(latest) if latest.is_open else ():
                self.print(f"  {line}")
        seen = {ref: one for ref, one in statuses.items() if not ref.startswith(CHECKS)}
        counts = Counter(status["state"] for status in seen.values())
        if counts:
            self.print(", ".join(f"{count} {state}" for state, count in sorted(counts.items())))
        for ref, status in sorted(seen.items(), key=lambda one: natural(one[0])):
            if status["state"] != "ok":
                self.print(f"  {ref}: {status['state']}: {status['detail']}".rstrip(": "))
        checked = {ref: one for ref, one in statuses.items() if ref not in seen}
        if checked:
            self.print("checks:")
        for line in printing.checks(lab, {"results": checked, "left_out": {}}):
            self.print(f"  {line}")
        return {
            "id": str(lab.pk),
            "name": lab.name,
            "tag": lab.tag,
            "revision": lab.revision,
            "hypervisors": stands,
            "deployment": None if latest is None else describe.deployment(latest),
            "statuses": statuses,
        }
