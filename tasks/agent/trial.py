"""One check while it is tried: what was sent, what came back, and when that is an answer.

A must-reach is tried about every second until it is answered or its time is over. A must-not-reach
has three pings, none of which may be answered. Where a port is named, connections stand for pings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from designer.machine.checks import CheckSpec
from designer.wire.agent import Checked

NONE_OF = 3
"""Pings of a must-not-reach."""
_UP = 45
"""Seconds that a must-not-reach waits for what passes, such as a VM that boots. It is asked when
what must be reached has been, so the lab is up, or nearly."""


@dataclass
class Trial:
    """Times are of time.monotonic(); ``began`` is when the run did."""

    spec: CheckSpec
    began: float
    sent: int = 0
    rounds: int = 0
    received: int = 0
    rtt_ms: float | None = None
    words: str = ""
    """What else came back, or why nothing could be sent, last."""
    result: Checked.Result | None = field(default=None, init=False)

    def answered(self, seconds: float) -> None:
        """An answer came, so long after its request."""
        self.received += 1
        rtt = round(seconds * 1000, 2)
        self.rtt_ms = rtt if self.rtt_ms is None else min(rtt, self.rtt_ms)

    def judge(self, now: float) -> None:
        """After a round: is that an answer?"""
        address, must = self.spec.address, self.spec.expect == "reach"
        one, did = "ping", "answered"
        if self.spec.port is not None:
            address += f" port {self.spec.port}"
            one, did = "connection", "accepted"
        if self.received:
            which = "" if self.sent <= 1 or not must else f" {one} {self.sent}"
            if self.spec.port is not None:
                which = which or " a connection"
            after = "" if self.rtt_ms is None else f" after {self.rtt_ms:g} ms"
            words = f"{address} {did}{which}{after}"
            self._end(must, f"{words}." if must else f"{words}, and must not be reached.")
        elif must and now >= self.began + self.spec.within:
            why = f" Last: {self.words}." if self.words else ""
            tries = f"{self.sent} {one}{'' if self.sent == 1 else 's'}"
            self._end(False, f"{address} {did} none of {tries} in {self.spec.within} s.{why}")
        elif not must and self.rounds >= NONE_OF:
            why = f" ({self.words})" if self.words else ""
            self._end(True, f"{address} {did} none of {NONE_OF} {one}s{why}.")

    def cannot(self, words: str, *, passing: bool, now: float) -> None:
        """It could not be tried; what is ``passing`` is waited for as long as the check lasts."""
        must = self.spec.expect == "reach"
        patience = self.spec.within if must else min(self.spec.within, _UP)
        if not passing or now >= self.began + patience:
            self._result("unknown", words)

    def _end(self, as_expected: bool, words: str) -> None:
        self._result("pass" if as_expected else "fail", words)

    def _result(self, state: str, words: str) -> None:
        self.result = Checked.Result.model_validate(
            {
                "id": self.spec.id,
                "state": state,
                "detail": words,
                "sent": self.sent,
                "received": self.received,
                "rtt_ms": self.rtt_ms,
            }
        )


def pending(trials: Iterable[Trial]) -> list[Trial]:
    """Those without a result yet."""
    return [one for one in trials if one.result is None]
