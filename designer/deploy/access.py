"""Which deployments and hypervisors a user may know of."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from designer.deploy.models import Deployment, Hypervisor
from designer.labs import access
from designer.labs.access import Someone
from designer.labs.errors import NotFound
from designer.labs.models import Lab, Team, User


def deployment_for(user: Someone, deployment_id: UUID) -> Deployment:
    """The deployment, if it is of one of the user's labs, or :class:`NotFound`."""
    rows = Deployment.objects.select_related("lab", "by")
    found = rows.filter(pk=deployment_id, lab__in=access.labs_of(user)).first()
    if found is None:
        raise NotFound("deployment")
    return found


def hypervisors_for(user: Someone) -> QuerySet[Hypervisor]:
    """Those of everyone, and those of the user's teams."""
    teams = access.teams_of(user)
    return Hypervisor.objects.filter(Q(team=None) | Q(team__in=teams)).order_by("name")


def hypervisors_of(team: Team | None) -> QuerySet[Hypervisor]:
    """Those that labs of this team may be placed on, in the order of their names."""
    return Hypervisor.objects.filter(Q(team=None) | Q(team=team)).order_by("name")


def may_know(user: User | None, lab: Lab) -> bool:
    """Whether the lab may be named to the user."""
    return user is not None and access.labs_of(user).filter(pk=lab.pk).exists()
