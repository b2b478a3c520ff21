"""Waiting for a deployment, with its progress as it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from designer.deploy import reconcile
from designer.deploy.models import Deployment, State
from designer.deploy.shell import printing
from designer.deploy.shell.ending import Ended, Exit

LOOK_EVERY = 0.1
"""Seconds."""
ENDED = (State.DONE, State.FAILED, State.CANCELLED)


def wait(
    deployment: Deployment,
    timeout: float,
    say: Callable[[str], None],
    until: Collection[str] = ENDED,
) -> Deployment:
    """The deployment in one of these states. Raises :class:`Ended` where it takes longer."""
    deadline = time.monotonic() + timeout
    said: set[str] = set()
    swept = 0.0
    while True:
        now = Deployment.objects.select_related("lab", "by").get(pk=deployment.pk)
        for line in printing.progress(now):
            if line not in said:
                said.add(line)
                say(line)
        if now.state in until:
            return now
        if time.monotonic() > deadline:
            stuck = "; ".join(printing.progress(now))
            words = f"After {timeout:g} s it is {now.state} ({stuck}). It goes on by itself."
            raise Ended(Exit.NO_ANSWER, words)
        if time.monotonic() - swept > reconcile.EVERY:
            swept = time.monotonic()
            reconcile.sweep()  # no server may be running that would
        time.sleep(LOOK_EVERY)


def require_done(deployment: Deployment) -> None:
    """Raises :class:`Ended` where it did not end well."""
    if deployment.state == State.DONE:
        return
    states = set(deployment.parts.values_list("state", flat=True))
    code, kind = Exit.FAILED, deployment.state
    if "stale" in states:
        code, kind = Exit.CONFLICT, "stale-plan"
    elif "refused" in states:
        code, kind = Exit.REFUSED, "refused"
    raise Ended(code, deployment.message or f"The deployment is {deployment.state}.", kind=kind)
