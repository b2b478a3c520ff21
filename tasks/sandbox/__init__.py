"""Real hypervisors on one machine: networks of their own with their own libvirtd and agent.

Those made of namespaces share this machine's kernel; where it has no VLANs, those of `user_mode`
have kernels of their own.

    with Sandbox(Path("var/sandbox")) as sandbox:
        sandbox["hv1"].run(["virsh", "list"])

Imports the standard library only, and nothing of the designer: the agent and the server are
started as programs, exactly as on real machines.
"""

from tasks.sandbox.agent import Agent
from tasks.sandbox.errors import SandboxError
from tasks.sandbox.hypervisor import Hypervisor
from tasks.sandbox.namespace_hypervisor import NamespaceHypervisor
from tasks.sandbox.redis import Redis
from tasks.sandbox.requirements import Missing, missing
from tasks.sandbox.sandbox import Sandbox
from tasks.sandbox.user_mode import UserModeHypervisor, UserModeMachine
from tasks.sandbox.web import Web

__all__ = [
    "Agent",
    "Hypervisor",
    "Missing",
    "NamespaceHypervisor",
    "Redis",
    "Sandbox",
    "SandboxError",
    "UserModeHypervisor",
    "UserModeMachine",
    "Web",
    "missing",
]
