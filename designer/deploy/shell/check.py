"""``lab check NAME``: run the drawn checks of a lab that stands, and say what came of them."""

from __future__ import annotations

from typing import Any

from designer.deploy import describe
from designer.deploy.actions.start_checks import start_checks
from designer.deploy.models import CheckRun, CheckRunState
from designer.deploy.shell import printing, waiting
from designer.deploy.shell.command import Verb
from designer.deploy.shell.ending import Ended, Exit
from designer.deploy.shell.finding import caller, the_lab


class Check(Verb):
    name = "check"
    help = "run the drawn checks of a lab: what must reach what, and what must not"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="of the lab, or its id")
        parser.add_argument(
            "--only", action="append", metavar="ID", help="this check; may be given again"
        )
        self.add_timeout(parser)

    def run(self, options: dict[str, Any]) -> Any:
        who = caller(options["user"], options["team"])
        lab = the_lab(options["name"], who)
        run = start_checks(lab, who.user, options["only"])
        run = waiting.wait_for_checks(run, options["timeout"], self.say)
        shown = describe.check_run(run)
        for line in printing.checks(lab, shown):
            self.print(line)
        require_good(run, shown)
        return shown


def require_good(run: CheckRun, shown: dict[str, Any]) -> None:
    """Raises :class:`Ended` unless everything is as expected."""
    states = [status["state"] for status in shown["results"].values()]
    bad = states.count("failed")
    unsure = len(states) - bad - states.count("ok") + len(shown["left_out"])
    if bad:
        many = f"{bad} checks are" if bad > 1 else "1 check is"
        raise Ended(Exit.FAILED, f"{many} not as expected.", kind="checks", answer=shown)
    if unsure or run.state != CheckRunState.DONE:
        many = f"{unsure} checks" if unsure > 1 else "1 check"
        raise Ended(Exit.NO_ANSWER, f"Of {many} nothing is known.", kind="checks", answer=shown)
