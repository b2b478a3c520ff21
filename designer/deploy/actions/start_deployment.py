"""Start a deployment: from the design as it stands to a job for each hypervisor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from designer import wire
from designer.deploy import acting, carrying, claims, placements, probing, shares
from designer.deploy.digests import digest_of
from designer.deploy.dispatch import call_on_commit
from designer.deploy.errors import Conflict
from designer.deploy.locks import lock, next_generation
from designer.deploy.models import Deployment, Footprint, Kind, Part, State
from designer.deploy.models.deployment import OPEN
from designer.deploy.origins import as_json
from designer.deploy.preparation import Prepared, prepare
from designer.deploy.wanted import wanted_by
from designer.labs import audit
from designer.labs.models import Lab, User
from designer.topology.design import Design

TRIES = 5


def start_deployment(
    lab: Lab,
    by: User | None,
    *,
    kind: str,
    auto: bool | None = None,
    draft: Design | None = None,
    despite_preflight: bool = False,
    over_management: bool = False,
    with_restarts: bool = False,
    at_next_start: bool = False,
) -> Deployment:
    """``auto`` applies right after planning (the rule, except for a plan), unless frames are lost
    between the hypervisors; ``despite_preflight``: even then. Nor where a NIC is changed by which a
    hypervisor is reached, unless ``over_management``, nor where VMs that run are restarted, unless
    ``with_restarts``; ``at_next_start`` leaves that to their next start, where it can be.
    ``draft`` plans a design that is not the lab's own; such a plan cannot be applied.

    Raises :class:`NotDeployable` and :class:`Conflict`; nothing has been written or sent then.
    """
    automatic = kind != Kind.PLAN and auto is not False
    assert draft is None or kind == Kind.PLAN
    for _ in range(TRIES):
        prepared = None if kind == Kind.DESTROY else prepare(lab, draft)
        try:
            with transaction.atomic():
                deployment = Deployment(
                    kind=kind,
                    auto=automatic,
                    despite_preflight=despite_preflight,
                    over_management=over_management,
                    with_restarts=with_restarts,
                    at_next_start=at_next_start,
                    draft=draft is not None,
                    by=by,
                )
                if prepared and prepared.loads:
                    _hold_room(lab, prepared)
                return _start(lock(lab.pk), deployment, prepared)
        except (claims.Raced, IntegrityError):
            continue  # another lab was quicker at a claim; the next round sees what it took
    raise Conflict("busy", "Too many labs start at this moment. Try again.")


def _hold_room(lab: Lab, prepared: Prepared) -> None:
    """Nobody else takes of it until this has ended; where somebody did since the rules were
    asked, they are asked again."""
    hypervisors = {one.name: one for one in prepared.placement.values()}
    shares.lock(lab.team_id, [one.pk for one in hypervisors.values()])
    if shares.room_for(lab, hypervisors) != prepared.room:
        raise claims.Raced


def _start(lab: Lab, deployment: Deployment, prepared: Prepared | None) -> Deployment:
    """Under the lab's lock: write down what is wanted, and call whoever has to do with it."""
    kind, by, draft = deployment.kind, deployment.by, deployment.draft
    if prepared and not draft and prepared.revision != lab.revision:
        raise Conflict("stale", "The design was edited at this very moment. Start again.")
    if kind == Kind.DEPLOY:
        acting.require_none_holding(lab)
    _make_way(lab, kind, by)
    deployment.lab, deployment.revision = lab, lab.revision
    deployment.generation = next_generation(lab)
    if prepared:
        wanted = wanted_by(
            prepared.design, prepared.vnis, prepared.states, prepared.origins, prepared.subnets
        )
        claims.claim(lab, wanted, deployment.generation, by)
        shares.take(lab, prepared.loads, deployment.generation)
        deployment.placement = {host: str(one.pk) for host, one in prepared.placement.items()}
        deployment.warnings = list(prepared.warnings)
        if not draft:
            placements.keep(lab, prepared.placement)
    deployment.save(force_insert=True)
    parts = Part.objects.bulk_create(_parts(deployment, prepared))
    if prepared and prepared.probes and not draft:
        probing.make(lab, by, prepared.probes, deployment)
    audit.record(by, f"deployment.{kind}", f"deployment/{deployment.pk}", lab=str(lab.pk))
    call_on_commit(parts)
    carrying.go_on(deployment)
    return deployment


def _parts(deployment: Deployment, prepared: Prepared | None) -> Iterable[Part]:
    """One for each hypervisor that is to carry something, and for each that still does."""
    jobs: dict[UUID, dict[str, Any]] = {}
    stood = Footprint.objects.filter(lab=deployment.lab).values_list("hypervisor_id", flat=True)
    for hypervisor in stood:
        jobs[hypervisor] = {"resources": [], "origins": [], "removes": True}
    if prepared:
        for hypervisor, state in prepared.states.items():
            if not len(state) and hypervisor not in jobs:
                continue
            resources = wire.resources_to_json(state)
            origins = as_json(prepared.origins[hypervisor])
            jobs[hypervisor] = {
                "resources": resources,
                "origins": origins,
                "digest": digest_of(resources, origins),
                "removes": not len(state),
            }
    return [
        Part(
            deployment=deployment,
            hypervisor_id=hypervisor,
            generation=deployment.generation,
            **job,
        )
        for hypervisor, job in sorted(jobs.items())
    ]


def _make_way(lab: Lab, kind: str, by: User | None) -> None:
    """At most one deployment of a lab is open. A mere plan gives way to the next; a destroy wins
    over whatever else goes on; two deploys do not mix."""
    open = Deployment.objects.filter(lab=lab, state__in=OPEN).select_related("lab", "by").first()
    if open is None:
        return
    who = by.shown_name if by else "the command line"
    if open.state != State.APPLYING and not open.auto:
        carrying.abandon(open, f"A newer deployment by {who} took its place.", by)
    elif open.kind == Kind.DESTROY:
        raise Conflict("destroying", "The lab is being destroyed. Wait until that has ended.")
    elif kind == Kind.DESTROY:
        carrying.abandon(open, f"Overtaken: {who} destroys the lab.", by)
    else:
        whose = open.by.shown_name if open.by else "the command line"
        raise Conflict(
            "deploying",
            f"Revision {open.revision} is being deployed by {whose}. Wait for its end, or cancel "
            "it.",
        )
