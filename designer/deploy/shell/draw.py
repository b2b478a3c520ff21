"""``lab draw FILE``: make the lab of the file's name what the file says, and deploy nothing.

Such as a VM that is to start from the disk of another (``lab vm NAME NODE clone --into NODE``).
"""

from __future__ import annotations

from typing import Any

from designer.deploy.shell.command import Verb
from designer.deploy.shell.finding import Caller, caller, design_of, lab_called
from designer.labs.actions.create_lab import create_lab
from designer.labs.actions.replace_document import replace_design
from designer.labs.models import Lab
from designer.topology.design import Design


class Draw(Verb):
    name = "draw"
    help = "make or change the lab of the file's name; deploys nothing"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", help="YAML or JSON; - is standard input")

    def run(self, options: dict[str, Any]) -> Any:
        lab, what = drawn(design_of(options["file"]), caller(options["user"], options["team"]))
        self.print(what)
        return {"id": str(lab.pk), "name": lab.name, "revision": lab.revision}


def drawn(design: Design, who: Caller) -> tuple[Lab, str]:
    """The lab with this design, and what was done for that."""
    lab = lab_called(design.name, who)
    if lab is None:
        lab = create_lab(who.team, name=design.name, author=who.user, design=design)
        return lab, f"The lab {lab.name!r} is made."
    edited = replace_design(
        lab, author=who.user, design=design, base=lab.revision, summary="From a file"
    )
    new = "now" if edited.revision != lab.revision else "still"
    lab.refresh_from_db()
    return lab, f"The lab {lab.name!r} is {new} at revision {edited.revision}."
