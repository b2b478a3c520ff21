"""Consoles of VMs: where one is, who may open it once, and how many are open.

All of it is in Redis with an expiry, none in the database: a console is worth nothing after a
restart. A **ticket** is what a token stands for, bound to one session, VM and kind of console; it
is found by the token's hash and gone with its first use. An **opening** lets the agent's socket in,
once. **Seats** are the consoles that are open now, each renewed by its own socket.
"""

from __future__ import annotations

import json
import secrets as random
import time
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import redis
from django.conf import settings

from designer.compiler import names
from designer.deploy import secrets
from designer.deploy.describe import state_of
from designer.deploy.errors import Conflict
from designer.deploy.models import Hypervisor, LabStatus
from designer.deploy.push import channel_of, client_of
from designer.labs import documents
from designer.labs.errors import NotFound, Refused
from designer.labs.models import Lab
from designer.topology.kinds import Vm
from designer.wire.console import ConsoleKind

TICKET_LIVES = 30
"""Seconds from a token's making to its use."""
OPENING_LIVES = 30
"""Seconds that an agent has to dial its socket."""
SEAT_LIVES = 30
"""Seconds that a seat holds without being renewed."""
MOST_OF_USER, MOST_OF_HYPERVISOR = 16, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a token opens. ``session`` is a hash: of a session's key, whoever has it is its user."""

    session: str
    lab: str
    node: str
    kind: ConsoleKind
    force: bool
    hypervisor: str
    tag: str
    domain: str


class TooMany(Refused):
    """The user closes another console first."""

    def __init__(self, message: str) -> None:
        super().__init__("too-many", message)


def hypervisor_of(lab: Lab, node: str) -> Hypervisor:
    """Where the VM of this node is. Raises NotFound for what is no VM of the lab, and Conflict
    where it stands nowhere or its agent does not answer."""
    drawn = documents.of(Lab.objects.select_related("head").get(pk=lab.pk)).design.nodes.get(node)
    told = LabStatus.objects.filter(lab=lab, ref=f"nodes/{node}").exclude(state="absent")
    status = told.select_related("hypervisor").order_by("-at").first()
    # A VM that stands and is drawn no more has its status yet; one of another kind has no console.
    if not isinstance(drawn, Vm) and (drawn is not None or status is None):
        raise NotFound("VM")
    if status is None:
        raise Conflict("not-deployed", "This VM is not deployed. Deploy the lab, then open it.")
    if state_of(status.hypervisor) != "connected":
        name = status.hypervisor.name
        raise Conflict("away", f"The agent of {name} is not connected. Start it, or wait for it.")
    found: Hypervisor = status.hypervisor
    return found


def issue(
    lab: Lab, node: str, kind: ConsoleKind, hypervisor: Hypervisor, *, session: str, force: bool
) -> str:
    """A new token for this session. Raises Conflict where Redis does not answer."""
    ticket = Ticket(
        session=secrets.digest(session),
        lab=str(lab.pk),
        node=node,
        kind=kind,
        force=force,
        hypervisor=str(hypervisor.pk),
        tag=lab.tag,
        domain=names.domain(lab.tag, node),
    )
    token = secrets.new()
    try:
        client_of(settings.REDIS_URL).set(
            f"console.ticket.{secrets.digest(token)}", json.dumps(asdict(ticket)), ex=TICKET_LIVES
        )
    except redis.RedisError:
        raise Conflict(
            "redis", "Redis does not answer, and consoles go through it. Tell whoever runs it."
        ) from None
    return token


def redeem(token: str, session: str, lab_id: UUID) -> Ticket | None:
    """What the token opens, if it is of this session and lab, is not too old and was never used.
    Whoever shows it uses it up."""
    found = client_of(settings.REDIS_URL).getdel(f"console.ticket.{secrets.digest(token)}")
    if found is None:
        return None
    ticket = Ticket(**json.loads(found))
    mine = secrets.fits(session, ticket.session) and ticket.lab == str(lab_id)
    return ticket if mine else None


def begin(ticket: Ticket) -> str:
    """A new opening: the id of a console that the agent of this hypervisor may dial in for."""
    console = random.token_urlsafe(18)
    client_of(settings.REDIS_URL).set(
        f"console.opening.{console}", ticket.hypervisor, ex=OPENING_LIVES
    )
    return console


def ask(ticket: Ticket, console: str) -> bool:
    """Ask the agent to open it; whether its connection was there to hear it."""
    word = {
        "type": "console",
        "console": console,
        "lab": ticket.tag,
        "domain": ticket.domain,
        "kind": ticket.kind,
        "force": ticket.force,
    }
    channel = channel_of(UUID(ticket.hypervisor))
    return bool(client_of(settings.REDIS_URL).publish(channel, json.dumps(word)))


def admit(console: str, hypervisor_id: UUID) -> bool:
    """Whether this agent was asked to open this console; once."""
    found: Any = client_of(settings.REDIS_URL).getdel(f"console.opening.{console}")
    return bytes(found or b"") == str(hypervisor_id).encode()


def sit(ticket: Ticket, console: str, user_id: int, name: str) -> None:
    """Take a seat, or keep it. Raises TooMany for a new one that has no room."""
    for key, most, words in (
        (f"console.user.{user_id}", MOST_OF_USER, "You have"),
        (f"console.hypervisor.{ticket.hypervisor}", MOST_OF_HYPERVISOR, "This hypervisor has"),
    ):
        if _sat(key, console) > most:
            leave(ticket, console, user_id, name)
            raise TooMany(f"{words} {most} consoles open, as many as may be. Close another first.")
    _sat(_people_at(ticket), f"{console} {name}")


def people(ticket: Ticket) -> list[str]:
    """Who has this very console open, by name."""
    held: Any = client_of(settings.REDIS_URL).zrange(_people_at(ticket), 0, -1)
    return sorted({member.decode().partition(" ")[2] for member in held})


def leave(ticket: Ticket, console: str, user_id: int, name: str) -> None:
    """Give the seat back, and what lets the agent in."""
    client = client_of(settings.REDIS_URL)
    client.zrem(f"console.user.{user_id}", console)
    client.zrem(f"console.hypervisor.{ticket.hypervisor}", console)
    client.zrem(_people_at(ticket), f"{console} {name}")
    client.delete(f"console.opening.{console}")


def _sat(key: str, member: str) -> int:
    """How many sit there, this one too."""
    now = time.time()
    with client_of(settings.REDIS_URL).pipeline() as together:
        together.zremrangebyscore(key, 0, now - SEAT_LIVES)
        together.zadd(key, {member: now})
        together.zcard(key)
        together.expire(key, SEAT_LIVES)
        _, _, held, _ = together.execute()
    return int(held)


def _people_at(ticket: Ticket) -> str:
    return f"console.people.{ticket.lab}.{ticket.kind}.{ticket.node}"
