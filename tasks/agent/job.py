"""A job: what the controller wants of this hypervisor for one lab."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic_core import to_json

from designer.machine.resources import Image, Key, Module
from designer.machine.state import MachineState
from designer.planner import Plan, plan
from designer.planner.differing import is_borrowed
from designer.wire import agent as wire


class BadJob(ValueError):
    """The controller sent, or a journal has, what cannot be carried out: a fault of Trunkline."""


@dataclass(frozen=True)
class Job:
    """(deployment, generation) names one job; of two jobs of a lab the greater generation is the
    newer. `fingerprint` is of the plan that was agreed to, None where any plan is."""

    told: wire.Job

    @classmethod
    def of(cls, told: wire.Job) -> Job:
        """Raises BadJob."""
        job = cls(told)
        try:
            stranger = next(
                (
                    one for one in job.desired
                    if one.owner != job.lab
                    and not (isinstance(one, Module | Image) or is_borrowed(one))
                ),
                None,
            )  # fmt: skip
        except ValueError as error:
            raise BadJob(f"{job}: {error}") from None
        if stranger is not None:
            raise BadJob(
                f"{job}: {'/'.join(stranger.key)} is marked as {stranger.owner!r} and should be "
                f"marked as {job.lab!r}"
            )
        return job

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Job:
        """From a journal. Raises BadJob."""
        try:
            return cls.of(wire.Job.model_validate_json(to_json(raw)))
        except ValueError as error:
            raise BadJob(str(error)) from error

    def __str__(self) -> str:
        return f"{self.phase} of lab {self.lab}, generation {self.generation}"

    @property
    def lab(self) -> str:
        return self.told.lab

    @property
    def deployment(self) -> str:
        return self.told.deployment

    @property
    def generation(self) -> int:
        return self.told.generation

    @property
    def name(self) -> tuple[str, int]:
        return self.deployment, self.generation

    @property
    def phase(self) -> str:
        return self.told.phase

    @property
    def fingerprint(self) -> str | None:
        return self.told.fingerprint

    @cached_property
    def desired(self) -> MachineState:
        return MachineState.of(self.told.resources)

    @cached_property
    def refs(self) -> Mapping[Key, str]:
        return refs_of(self.told.origins)

    def plan(self, observed: MachineState) -> Plan:
        """What leads there from what was observed."""
        return plan(self.desired, observed, self.lab, at_next_start=self.told.at_next_start)

    @property
    def json(self) -> bytes:
        """As it is kept in journals and records."""
        return self.told.model_dump_json().encode()


def refs_of(origins: Iterable[tuple[Sequence[str], str]]) -> dict[Key, str]:
    """What was drawn, by the keys that it became."""
    return {tuple(key): ref for key, ref in origins}
