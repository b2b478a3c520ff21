"""Messages between the agent and the controller, and the answer to an enrolment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from designer.machine.checks import CheckSpec
from designer.machine.probes import ProbeSpec
from designer.machine.state import Inventory
from designer.wire.acting import SnapshotName, VmActionName
from designer.wire.base import Count, Generation, Id, Key, LabTag, Long, Message, Ref, Text, Word
from designer.wire.codec import Resources
from designer.wire.console import ConsoleKind
from designer.wire.deployment import Failure, Guarded, PlannedOperation, PlannedRefusal
from designer.wire.status import Statuses

MOST_OPERATIONS = 400_000
MOST_CHECKS = 100_000
"""Of one lab on one hypervisor."""
MOST_PROBES = 1000
"""NICs that one hypervisor probes at once."""
MOST_HEARD = 100_000
"""Cells of one NIC: from whom, in which VLAN, of which size."""
MOST_VMS = 10_000
"""Of one lab on one hypervisor."""
Outcome = Literal["applied", "failed", "undone", "stale-plan", "refused"]


class Job(Message):
    """What the controller wants of a hypervisor for one lab; ``destroy`` has no resources.

    Origins may have keys that no resource has: see :mod:`designer.planner.status`.
    """

    lab: LabTag
    deployment: Id
    generation: Generation
    phase: Literal["plan", "apply", "destroy"]
    fingerprint: Word | None = None
    putting_back: bool = False
    """Whether this takes back an earlier job of the same deployment."""
    at_next_start: bool = False
    """What needs a restart of a VM that runs is left to its next start, where it can be."""
    resources: Resources
    origins: Annotated[list[tuple[Key, Ref]], Field(max_length=400_000)]


# What an event can be


class _OfDeployment(Message):
    deployment: Id
    generation: Generation


class Planned(_OfDeployment):
    kind: Literal["planned"] = "planned"
    operations: Annotated[list[PlannedOperation], Field(max_length=MOST_OPERATIONS)]
    fingerprint: Word
    guarded: Guarded | None = None
    refusals: Annotated[list[PlannedRefusal], Field(max_length=MOST_OPERATIONS)] = Field(
        default_factory=list
    )
    notes: Annotated[list[Text], Field(max_length=MOST_VMS)] = Field(default_factory=list)
    """What is left as it is though it is drawn otherwise, because a person asked for it or until
    a VM is started next."""


class Progress(_OfDeployment):
    kind: Literal["progress"] = "progress"
    done: Count
    total: Count
    note: Text = ""


class Finished(_OfDeployment):
    """``seconds`` of work there; ``writes`` operations carried out."""

    kind: Literal["finished"] = "finished"
    outcome: Outcome
    message: Long = ""
    failure: Failure | None = None
    seconds: Annotated[float, Field(ge=0, strict=False)]
    writes: Count


class StatusTold(Message):
    """``complete``: this replaces all that the hypervisor said of the lab."""

    kind: Literal["status"] = "status"
    lab: LabTag
    statuses: Statuses
    complete: bool


class InventoryTold(Message):
    kind: Literal["inventory"] = "inventory"
    inventory: Inventory


class Checked(Message):
    """What came out of the checks of a run. Results come as they are found, each check's last one
    counts; ``complete``: there are no more of this run.

    ``state`` is "pass" where it is as expected, whichever way that is, and "unknown" where it
    could not be tried; ``detail`` says in words what was found or what is missing. ``sent`` and
    ``received`` count echo requests and their answers, ``rtt_ms`` is the fastest answer's time in
    milliseconds.
    """

    class Result(Message):
        id: Annotated[str, Field(min_length=1, max_length=120)]
        state: Literal["pass", "fail", "unknown"]
        detail: Long = ""
        sent: Count = 0
        received: Count = 0
        rtt_ms: Annotated[float, Field(ge=0, strict=False)] | None = None

    kind: Literal["checked"] = "checked"
    run: Id
    lab: LabTag
    results: Annotated[list[Result], Field(max_length=MOST_CHECKS)]
    complete: bool


class Probed(Message):
    """What each NIC heard of its peers: once, at the end of the window.

    ``error`` says why something could not be sent or heard, such as a size above the NIC's MTU;
    what was heard all the same stands beside it. ``tried`` is False where the NIC could not be
    used at all (it is down, protected or not there): its cells are unknown, both ways.
    """

    class Nic(Message):
        segment: Word
        nic: Word
        error: Text = ""
        tried: bool = True
        heard: Annotated[
            list[tuple[Word, Annotated[int, Field(ge=0, le=4095)], Count]],
            Field(max_length=MOST_HEARD),
        ]
        """(sender's name, VLAN, size), each once."""

    kind: Literal["probed"] = "probed"
    run: Id
    lab: LabTag
    nics: Annotated[list[Nic], Field(max_length=MOST_PROBES)]


class Acted(Message):
    """How far an action on a VM is. ``running``: the agent has it and is at it, said again every
    few seconds; then once how it ended. ``message`` is in libvirt's words where it has any,
    ``advice`` what to do about them."""

    kind: Literal["acted"] = "acted"
    run: Id
    lab: LabTag
    state: Literal["running", "done", "failed"]
    message: Long = ""
    advice: Text = ""


AgentEvent = Annotated[
    Planned | Progress | Finished | StatusTold | InventoryTold | Checked | Probed | Acted,
    Field(discriminator="kind"),
]

# Agent to controller


class Hello(Message):
    """``boot`` is of this start of the agent; the numbers of events count within it."""

    type: Literal["hello"] = "hello"
    protocol: int
    version: Word
    boot: Id
    inventory: Inventory


class Fetch(Message):
    type: Literal["fetch"] = "fetch"
    request: Id
    deployment: Id
    generation: Generation


class Assignments(Message):
    type: Literal["assignments"] = "assignments"
    request: Id


class EventTold(Message):
    type: Literal["event"] = "event"
    n: Annotated[int, Field(ge=1, le=2**53)]
    event: AgentEvent


FromAgent = Annotated[Hello | Fetch | Assignments | EventTold, Field(discriminator="type")]

# Controller to agent


class Welcome(Message):
    type: Literal["welcome"] = "welcome"
    heartbeat_seconds: Annotated[float, Field(gt=0, strict=False)]
    name: Word


class Refused(Message):
    """The controller will not have this agent, and why; it hangs up after it."""

    type: Literal["refused"] = "refused"
    reason: Text


class Ack(Message):
    """Everything up to and including ``n`` of this boot is written down."""

    type: Literal["ack"] = "ack"
    n: Count


class Desired(Message):
    type: Literal["desired"] = "desired"
    request: Id
    job: Job


class Assigned(Message):
    """What there is to do for this hypervisor now, whatever the queue says."""

    class Assignment(Message):
        lab: LabTag
        deployment: Id
        generation: Generation

    type: Literal["assigned"] = "assigned"
    request: Id
    jobs: Annotated[list[Assignment], Field(max_length=100_000)]


class Gone(Message):
    """There is no such job for this hypervisor, or not any more."""

    type: Literal["gone"] = "gone"
    request: Id


class Cancel(Message):
    """The job is out of force: stop where you are. Unnumbered; a fetch tells the same."""

    type: Literal["cancel"] = "cancel"
    deployment: Id
    generation: Generation


class Check(Message):
    """Find out whether these are as expected, now; :class:`Checked` events answer. Unnumbered, and
    lost with the agent: whoever asked does not wait for ever. A run that is known is not begun
    again."""

    type: Literal["check"] = "check"
    run: Id
    lab: LabTag
    checks: Annotated[list[CheckSpec], Field(max_length=MOST_CHECKS)]


class Probe(Message):
    """Send frames to the peers over these NICs, and listen for theirs, for so many seconds; one
    :class:`Probed` event answers. Nothing on the hypervisor is changed.

    ``me`` is this hypervisor's name and ``peers`` are those of the others in this run: so they
    stand in the frames and in what was heard.
    """

    type: Literal["probe"] = "probe"
    run: Id
    lab: LabTag
    me: Word
    peers: Annotated[list[Word], Field(max_length=1000)]
    seconds: Annotated[float, Field(gt=0, le=600, strict=False)]
    probes: Annotated[list[ProbeSpec], Field(max_length=MOST_PROBES)]


class Act(Message):
    """Do this to a VM of a lab that is applied there, now and once; :class:`Acted` events answer.
    Unnumbered, and lost with the agent: whoever asked does not wait for ever. A run that is known
    is not begun again.

    ``by`` and ``at`` (ISO 8601, UTC) say who asked and when, as the VM's status tells it later.
    ``snapshot`` names the one to make, to go back to or to delete; ``clone`` is the domain, not
    made yet, whose disk is to be a copy of this one's.
    """

    type: Literal["act"] = "act"
    run: Id
    lab: LabTag
    domain: Annotated[str, Field(max_length=120)]
    action: VmActionName
    by: Annotated[str, Field(max_length=300)]
    at: Word
    snapshot: SnapshotName | None = None
    clone: Annotated[str, Field(max_length=120)] | None = None


class Forget(Message):
    """Stop this run of checks or probes; nothing more is told of it."""

    type: Literal["forget"] = "forget"
    run: Id


class OpenConsole(Message):
    """Open a console of a VM, and dial a socket of its own for it (``agent/console``): its bytes
    shall not delay what is said here. ``console`` is good for one socket, of this hypervisor.
    ``force``: take a serial port from another program that has it."""

    type: Literal["console"] = "console"
    console: Id
    lab: LabTag
    domain: Annotated[str, Field(max_length=200)]
    kind: ConsoleKind
    force: bool = False


ToAgent = Annotated[
    Welcome
    | Refused
    | Ack
    | Desired
    | Assigned
    | Gone
    | Cancel
    | Check
    | Probe
    | Act
    | Forget
    | OpenConsole,
    Field(discriminator="type"),
]

# Enrolment, over HTTP


class Enrol(Message):
    """``POST /agent/enrol``; the token is good once."""

    token: Annotated[str, Field(min_length=8, max_length=200)]
    inventory: Inventory


class Enrolled(Message):
    """The hypervisor's own credential; ``broker`` is the Redis URL of this agent alone."""

    hypervisor: Id
    name: Word
    secret: Annotated[str, Field(max_length=200)]
    broker: Annotated[str, Field(max_length=500)]
