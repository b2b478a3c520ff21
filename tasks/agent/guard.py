"""Changes that can cut the hypervisor off are confirmed, or taken back by somebody else.

Before the first such operation what stands is saved to disk and a watchdog is started: a process
of its own (`tasks.agent.rescue`) that outlives this one. After the last one the agent dials the
controller anew. Only where that is answered is the watchdog called off; else it puts back what was
saved, whether or not the agent still runs.

    rescue/<lab>.json       what is saved; whoever renames it first decides
    rescue/<lab>.armed      the watchdog's process and its deadline
    rescue/<lab>.restoring  it came to that: the watchdog is at work
    rescue/<lab>.restored   what came of it
    cards/<lab>.json        what was with the lab's cards when it was last applied: should somebody
                            delete their bridge, the kernel has forgotten it
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from designer import planner
from designer.machine.marks import LAB_TAG
from designer.machine.resources import Address, Bridge, Key, Physical, Route
from designer.machine.state import MachineState
from designer.planner.moving import remembering, saved_of
from designer.wire.deployment import Guarded
from tasks.agent import disk, rescue
from tasks.agent.errors import CannotRecord, Unreachable

log = logging.getLogger("trunkline.guard")

Reach = Callable[[float], None]
"""Reach the controller over a connection of its own within so many seconds, or raise
Unreachable."""
Tell = Callable[[str], None]

_READY_WITHIN = 20.0
_RESTORED_WITHIN = 20.0
_TRY = 2.0
"""Seconds that one attempt may take: a packet lost at the first moment must not cost them all."""
_PAUSE = 0.1
_CODE = Path(__file__).resolve().parents[2]
_SYSTEMD = Path("/run/systemd/system")
"""Is there where systemd is PID 1 (sd_booted(3))."""


class PutBack(Exception):
    """The change was not confirmed, and what stood before is there again: whoever drew it must
    act."""

    def __init__(self, key: Key, words: str, advice: str) -> None:
        super().__init__(words)
        self.key, self.words, self.advice = key, words, advice


class CannotGuard(Exception):
    """The watchdog cannot be started, so nothing is changed: the operator must act."""

    def __init__(self, why: str) -> None:
        self.words = f"The watchdog that would put things back cannot be started: {why}"
        self.advice = "See the agent's log on the hypervisor; nothing was changed."
        super().__init__(self.words)


@dataclass(frozen=True)
class Guards:
    """`seconds` is how long a change may stay unconfirmed."""

    state_dir: Path
    seconds: int
    reach: Reach

    def arm(
        self, lab: str, deployment: str, before: MachineState, observed: MachineState,
        cards: Collection[str],
    ) -> Guard:  # fmt: skip
        """Save what stands and start the watchdog. Raises CannotRecord, CannotGuard; then nothing
        may be changed."""
        guard = self._guard(lab)
        kept = [
            one
            for one in before.owned_by(lab)
            if isinstance(one, Bridge | Physical)
            or (isinstance(one, Address | Route) and one.netns == "")
        ]
        saved = {
            "lab": lab,
            "deployment": deployment,
            "boot": rescue.boot_id(),
            "seconds": self.seconds,
            "cards": sorted(cards),
            "before": json.loads(to_json(kept)),
            "held": json.loads(to_json(saved_of(observed, cards, lab))),
        }
        try:
            guard.path.parent.mkdir(mode=0o700, exist_ok=True)
            guard.clear()
            disk.replace(guard.path, json.dumps(saved).encode())
        except OSError as error:
            raise CannotRecord(guard.path, error) from None
        try:
            _start(guard)
        except BaseException:
            guard.clear()
            raise
        return guard

    def told(
        self, plan: planner.Plan, observed: MachineState, management: Collection[str]
    ) -> Guarded | None:
        """What a plan says of it, for people to read before they agree."""
        guarded = planner.guarded(plan.operations, observed, plan.lab)
        if not guarded:
            return None
        cards = set(guarded.values())
        # By default the controller is reached, too: whatever the card is.
        if not any(plan.operations[place].key[0] == "route" for place in guarded):
            management = cards.intersection(management)
        return Guarded(
            cards=sorted(cards),
            management=sorted(management),
            seconds=self.seconds,
            moves=planner.moves(plan.operations, observed, plan.lab),
        )

    def keep(self, lab: str, applied: MachineState, cards: Collection[str]) -> None:
        """Remember what goes with these cards. A full disk does not undo what is applied."""
        held = {name: one for name, one in saved_of(applied, cards, lab).items() if one}
        path = self._kept(lab)
        try:
            if held:
                path.parent.mkdir(mode=0o700, exist_ok=True)
                disk.replace(path, to_json(held))
            elif path.exists():
                disk.remove(path)
        except OSError as error:
            log.error("%s: %s", path, error)

    def remember(self, lab: str, observed: MachineState) -> MachineState:
        """What was observed, with what is remembered of cards whose bridge is gone."""
        try:
            held = rescue.read_held(self._kept(lab).read_bytes())
        except FileNotFoundError:
            return observed
        except (OSError, ValueError) as error:
            log.error("%s: %s", self._kept(lab), error)
            return observed
        return remembering(observed, held, lab, all_of_it=False)

    def _kept(self, lab: str) -> Path:
        return self.state_dir / "cards" / self._guard(lab).path.name

    def left(self, lab: str) -> Guard | None:
        """What an earlier run of the agent left of a guard, if anything."""
        guard = self._guard(lab)
        return guard if any(path.exists() for path in guard.files) else None

    def _guard(self, lab: str) -> Guard:
        if not LAB_TAG.fullmatch(lab):
            raise ValueError(f"{lab!r} is no lab's tag")
        return Guard(self.state_dir / "rescue" / f"{lab}.json", self.reach)


@dataclass(frozen=True)
class Guard:
    """One change under guard."""

    path: Path
    reach: Reach

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path, *(self.path.with_suffix(f".{one}") for one in rescue.STATES))

    def clear(self) -> None:
        """Nothing is left of it; a watchdog that still runs ends."""
        for path in self.files:
            path.unlink(missing_ok=True)

    def confirm(self, tell: Tell) -> None:
        """Reach the controller anew, or wait until everything is put back and raise PutBack."""
        while (left := self._left()) > 0 and self.path.exists():
            tell(f"waiting for the controller over the new path, {left:.0f} s left")
            try:
                self.reach(min(_TRY, left))
            except Unreachable as error:
                log.info("Not yet: %s", error)
                time.sleep(_PAUSE)
                continue
            if self.call_off():
                return
            break
        tell("the controller could not be reached: what was there before is put back")
        self._wait_until_restored()
        raise self._put_back("the controller could not be reached over the new configuration")

    def call_off(self) -> bool:
        """Confirmed, or failed in a way that is dealt with; False where the watchdog was first."""
        aside = self.path.with_suffix(".confirmed")
        try:
            self.path.rename(aside)
        except FileNotFoundError:
            return False
        aside.unlink(missing_ok=True)
        self.path.with_suffix(".armed").unlink(missing_ok=True)
        return True

    def settle(self, tell: Tell) -> None:
        """After the agent was started again: see the change through to its confirmation, or raise
        PutBack once what was saved is there again."""
        saved = self._saved()
        if saved is not None and saved.get("boot") != rescue.boot_id():
            # Nothing of the lab outlives a restart, and the machine's own network came up anew.
            why = "the hypervisor was restarted before the change was confirmed"
            raise self._put_back(why, saved.get("cards") or ())
        if self.path.exists() and self._left() > 0:
            self.confirm(tell)
            return
        self._wait_until_restored()
        raise self._put_back(
            "the agent was ended, and did not reach the controller over the new configuration in "
            "time"
        )

    def _left(self) -> float:
        """Seconds until the deadline; it is the watchdog's."""
        armed = _read(self.path.with_suffix(".armed"))
        return float(armed["deadline"]) - rescue.now() if armed else 0.0

    def _saved(self) -> Mapping[str, Any] | None:
        return _read(self.path) or _read(self.path.with_suffix(".restoring"))

    def _wait_until_restored(self) -> None:
        """The watchdog does it; where it is gone, we do. Raises OSError where that fails too."""
        done = self.path.with_suffix(".restored")
        deadline = time.monotonic() + max(0.0, self._left()) + _RESTORED_WITHIN
        while not done.exists() and time.monotonic() < deadline and self._watchdog_lives():
            time.sleep(_PAUSE)
        if not done.exists():
            log.warning("%s: the watchdog is gone; the agent puts back itself", self.path)
            restoring = self.path.with_suffix(".restoring")
            with contextlib.suppress(FileNotFoundError):
                self.path.rename(restoring)
            rescue.restore(restoring)

    def _watchdog_lives(self) -> bool:
        armed = _read(self.path.with_suffix(".armed"))
        return armed is not None and rescue.is_watchdog(int(armed["pid"]))

    def _put_back(self, why: str, cards: Sequence[str] = ()) -> PutBack:
        done = _read(self.path.with_suffix(".restored")) or {}
        cards = done.get("cards") or cards or ["the NIC"]
        self.clear()
        names = " and ".join(cards)
        words = f"{names}: put back, because {why}."
        if rest := done.get("failed"):
            words = f"{names}: {why}, and putting back failed: {rest}"
        return PutBack(
            ("link", "", cards[0]),
            words,
            f"See what stands in the way on {names}: its cable, the VLANs and STP of its bridge, "
            "the addresses drawn on it, the gateway. Mend the drawing, then deploy again.",
        )


def _start(guard: Guard) -> None:
    """Start the watchdog and wait until it watches. Raises CannotGuard."""
    program = [sys.executable, "-m", "tasks.agent.rescue", str(guard.path)]
    if _SYSTEMD.is_dir():
        # A unit of its own: stopping the agent's service ends all processes of that one.
        program = [
            "systemd-run", "--quiet", "--collect", f"--working-directory={_CODE}",
            f"--unit=trunkline-rescue-{guard.path.stem}-{os.getpid()}", *program,
        ]  # fmt: skip
    else:
        program.append("--detach")
    try:
        done = subprocess.run(
            program, cwd=_CODE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, timeout=_READY_WITHIN, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotGuard(str(error)) from None
    if done.returncode:
        raise CannotGuard(done.stderr.strip() or f"it ended with {done.returncode}")
    deadline = time.monotonic() + _READY_WITHIN
    while not guard.path.with_suffix(".armed").exists():
        if time.monotonic() > deadline:
            raise CannotGuard(f"it was not ready after {_READY_WITHIN:g} s")
        time.sleep(0.02)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None
