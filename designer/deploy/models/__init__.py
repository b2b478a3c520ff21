"""The tables of this room, a file for each family."""

from designer.deploy.models.check_run import CheckPart, CheckRun, CheckRunState, Step
from designer.deploy.models.deployment import Deployment, Fence, Kind, State
from designer.deploy.models.footprint import Footprint
from designer.deploy.models.hypervisor import EnrolmentToken, Hypervisor
from designer.deploy.models.part import Part, PartState, Phase
from designer.deploy.models.placement import Claim, Placement
from designer.deploy.models.probe_run import ProbePart, ProbeRun, ProbeRunState
from designer.deploy.models.share import Share
from designer.deploy.models.status import LabStatus
from designer.deploy.models.vm_action import VmAction, VmActionKind, VmActionState

__all__ = [
    "CheckPart",
    "CheckRun",
    "CheckRunState",
    "Claim",
    "Deployment",
    "EnrolmentToken",
    "Fence",
    "Footprint",
    "Hypervisor",
    "Kind",
    "LabStatus",
    "Part",
    "PartState",
    "Phase",
    "Placement",
    "ProbePart",
    "ProbeRun",
    "ProbeRunState",
    "Share",
    "State",
    "Step",
    "VmAction",
    "VmActionKind",
    "VmActionState",
]
