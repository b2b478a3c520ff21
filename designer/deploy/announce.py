"""Telling everyone who looks at a lab."""

from __future__ import annotations

from designer.deploy import describe
from designer.deploy.models import Deployment
from designer.labs import events


def announce(deployment: Deployment) -> None:
    """Emit the deployment as it stands now. In the transaction that changed it."""
    events.emit(
        deployment.lab, {"kind": "deployment", "deployment": describe.deployment(deployment)}
    )
