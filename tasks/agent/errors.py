"""What can go wrong in the agent itself, each with who must act. The kernel's and libvirt's own
refusals are `tasks.drivers.errors.OperationFailed`."""

from __future__ import annotations


class AgentError(Exception):
    """Shown to whoever started the agent: what is wrong and what would be right."""


class ConfigError(AgentError):
    """The configuration file is wrong: the hypervisor's operator must mend it."""


class CredentialError(AgentError):
    """The credential is missing or unsafe: the hypervisor's operator must enrol or mend it."""


class EnrolError(AgentError):
    """The controller did not take this hypervisor: the operator needs another token or address."""


class AlreadyRunning(AgentError):
    """Another agent works on this hypervisor: the operator must stop one of the two."""


class Unreachable(AgentError):
    """The controller cannot be asked now. Nobody must act: it is tried again."""


class Stopping(AgentError):
    """The agent is being stopped and starts nothing new. Nobody must act: the next start goes on
    where the journal ends."""


class CannotRecord(AgentError):
    """The state folder cannot be written, so nothing may be changed: the operator must make
    room."""

    def __init__(self, path: object, error: OSError) -> None:
        self.errno = error.errno
        self.words = f"{path}: {error.strerror or error}"
        self.advice = (
            "Nothing is changed that cannot be written down first. Free space in the agent's "
            "state folder on the hypervisor, then deploy again."
        )
        super().__init__(f"The journal cannot be written: {self.words}. {self.advice}")
