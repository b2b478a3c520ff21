"""From a file or a name to a design or a lab."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from uuid import UUID

from django.db.models import QuerySet

from designer import files
from designer.deploy.shell.ending import Ended, Exit
from designer.labs import access
from designer.labs.actions.join_team import default_team
from designer.labs.models import Lab, Team, User
from designer.topology.design import Design
from designer.topology.problems import InvalidDocument


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """Whose labs the command is about. Without a user: everything, as whoever may run this
    command may read the database anyway."""

    user: User | None
    team: Team


def caller(username: str | None, team: str | None) -> Caller:
    user = None
    if username:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise Ended(Exit.USAGE, f"There is no user {username!r}.")
    if team:
        known = access.teams_of(user) if user else Team.objects.all()
        found = known.filter(name=team).first()
        if found is None:
            raise Ended(Exit.USAGE, f"There is no team {team!r}.")
        return Caller(user, found)
    if user:
        first = access.teams_of(user).first()
        if first is None:
            raise Ended(Exit.USAGE, f"{username} is in no team. Name one with --team.")
        return Caller(user, first)
    return Caller(None, default_team())


def design_of(path: str) -> Design:
    """The design in a file; "-" is standard input. Without a name of its own it has the file's."""
    try:
        text = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise Ended(Exit.USAGE, f"{path}: cannot be read: {error.strerror}") from None
    try:
        design = files.load(text)
        return design if design.name else dataclasses.replace(design, name=Path(path).stem)
    except InvalidDocument as error:
        lines = "\n".join(f"{path}: {problem}" for problem in error.problems)
        details = [dataclasses.asdict(problem) for problem in error.problems]
        raise Ended(Exit.USAGE, lines, kind="invalid", details=details) from None


def lab_called(name: str, who: Caller) -> Lab | None:
    """The lab of that name in the caller's team."""
    found = list(_labs(who).filter(team=who.team, name=name)[:2])
    if len(found) > 1:
        raise Ended(Exit.USAGE, f"Several labs are called {name!r}. Rename one of them.")
    return found[0] if found else None


def the_lab(name: str, who: Caller) -> Lab:
    """The lab of that name, or of that id or tag anywhere the caller may look."""
    lab = lab_called(name, who)
    if lab is None:
        try:
            lab = _labs(who).filter(pk=UUID(name)).first()
        except ValueError:
            lab = _labs(who).filter(tag=name).first()
    if lab is None:
        raise Ended(Exit.USAGE, f"There is no lab {name!r}.", kind="not-found")
    return lab


def _labs(who: Caller) -> QuerySet[Lab]:
    return access.labs_of(who.user) if who.user else Lab.objects.select_related("team")
