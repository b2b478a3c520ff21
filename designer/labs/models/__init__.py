"""The tables of this room, a file for each family."""

from designer.labs.models.audit import Audit
from designer.labs.models.history import LabEvent, Revision
from designer.labs.models.lab import Head, Lab, Look
from designer.labs.models.people import FailedSignIn, Membership, Role, Team, User
from designer.labs.models.quota import Quota

__all__ = [
    "Audit",
    "FailedSignIn",
    "Head",
    "Lab",
    "LabEvent",
    "Look",
    "Membership",
    "Quota",
    "Revision",
    "Role",
    "Team",
    "User",
]
