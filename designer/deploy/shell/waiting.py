"""Waiting for a deployment, with its progress as it goes, and for checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator

from designer.deploy import describe, probing, reconcile
from designer.deploy.carrying import RESTARTS
from designer.deploy.models import CheckRun, CheckRunState, Deployment, State
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
    """The deployment in one of these states, or waiting for a person because frames are lost or
    a NIC is changed by which a hypervisor is reached.
    Raises :class:`Ended` where it takes longer."""
    said: set[str] = set()
    for _ in looks(timeout):
        now = Deployment.objects.select_related("lab", "by").get(pk=deployment.pk)
        for line in printing.progress(now):
            if line not in said:
                said.add(line)
                say(line)
        if now.state in until or (deployment.auto and not now.auto):
            return now
    stuck = "; ".join(printing.progress(now))
    words = f"After {timeout:g} s it is {now.state} ({stuck}). It goes on by itself."
    raise Ended(Exit.NO_ANSWER, words)


def wait_for_checks(run: CheckRun, timeout: float, say: Callable[[str], None]) -> CheckRun:
    """The run at its end, with how many have answered as it goes. Raises :class:`Ended` where it
    takes longer, with what is still waited for."""
    said = ""
    for _ in looks(timeout):
        runs = CheckRun.objects.select_related("lab", "by").prefetch_related("parts")
        now = runs.get(pk=run.pk)
        if now.state != CheckRunState.RUNNING:
            return now
        if (line := printing.checks_answered(now)) != said:
            say(line)
            said = line
    shown = describe.check_run(now)
    left = "; ".join(printing.checks_waiting(now.lab, shown))
    words = f"After {timeout:g} s the checks are not through ({left}). They go on by themselves."
    raise Ended(Exit.NO_ANSWER, words, answer=shown)


def looks(timeout: float) -> Iterator[None]:
    """Now, and again and again until the time is over."""
    deadline = time.monotonic() + timeout
    swept = 0.0
    while True:
        yield
        if time.monotonic() > deadline:
            return
        if time.monotonic() - swept > reconcile.EVERY:
            swept = time.monotonic()
            reconcile.sweep()  # no server may be running that would
        time.sleep(LOOK_EVERY)


def require_done(deployment: Deployment) -> None:
    """Raises :class:`Ended` where it did not end well."""
    if deployment.state == State.DONE:
        return
    run = probing.run_of(deployment)
    if deployment.state == State.PLANNED and run is None and deployment.message:
        kind, option = "management", "--over-management"
        if deployment.message == RESTARTS:
            kind, option = "restarts", "--with-restarts"
            if not deployment.at_next_start:
                option += ", or with --at-next-start"
        raise Ended(Exit.REFUSED, f"{deployment.message} Or deploy with {option}.", kind=kind)
    if deployment.state == State.PLANNED and run is not None:
        words = f"{run.message} {deployment.message}"
        raise Ended(Exit.REFUSED, words, kind="preflight", details=run.findings)
    states = set(deployment.parts.values_list("state", flat=True))
    code, kind = Exit.FAILED, deployment.state
    if "stale" in states:
        code, kind = Exit.CONFLICT, "stale-plan"
    elif "refused" in states:
        code, kind = Exit.REFUSED, "refused"
    raise Ended(code, deployment.message or f"The deployment is {deployment.state}.", kind=kind)
