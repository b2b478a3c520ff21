"""What the verbs have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from designer.deploy.shell import printing

TIMEOUT = 600.0
"""Seconds."""


class Verb:
    """One verb of ``manage.py lab``: its arguments, and what it does.

    ``print`` goes to standard output unless ``--json`` is given, ``say`` to standard error.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    needs_database: ClassVar[bool] = True

    def __init__(self, print: Callable[[str], None], say: Callable[[str], None]) -> None:
        self.print, self.say = print, say

    def add_arguments(self, parser: Any) -> None:
        """Declare the verb's own arguments."""

    def run(self, options: dict[str, Any]) -> Any:
        """Do it; what ``--json`` prints. Raises Ended, and what actions raise."""
        raise NotImplementedError

    def show_findings(self, where: str, found: Iterable[Mapping[str, Any]]) -> None:
        for one in found:
            self.say(printing.finding(where, one))

    def add_timeout(self, parser: Any) -> None:
        parser.add_argument(
            "--timeout",
            type=float,
            default=TIMEOUT,
            metavar="SECONDS",
            help="the longest to wait (default: %(default)g)",
        )

    def add_next_start(self, parser: Any) -> None:
        parser.add_argument(
            "--at-next-start",
            action="store_true",
            help="restart no VM for what can be left to its next start; all else is done now",
        )

    def add_waiting(self, parser: Any) -> None:
        parser.add_argument("--wait", action="store_true", help="wait for the end")
        self.add_timeout(parser)
