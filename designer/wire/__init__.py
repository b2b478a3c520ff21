"""What crosses the wire between server, agent and browser: names, messages, and the codec of
machine resources.

Messages are strict pydantic models: no unknown field, no silent conversion, sizes capped. Both
ends read with the same model, so that a message that one may send is one that the other takes.
Imports ``compiler`` and what stands below it; pydantic is the only library.
"""

from designer.wire.codec import (
    inventory_from_json,
    inventory_to_json,
    resource_to_json,
    resources_from_json,
    resources_to_json,
    state_from_json,
    status_to_json,
)
from designer.wire.names import DEPLOY, PROTOCOL, TASK_DEPLOY, VERSION, hypervisor_of, queue_of
from designer.wire.reading import (
    BadMessage,
    read_agent_message,
    read_browser_message,
    read_console_from_agent,
    read_console_from_browser,
    read_console_to_agent,
    read_console_to_browser,
    read_controller_message,
    read_server_message,
)

__all__ = [
    "DEPLOY",
    "PROTOCOL",
    "TASK_DEPLOY",
    "VERSION",
    "BadMessage",
    "hypervisor_of",
    "inventory_from_json",
    "inventory_to_json",
    "queue_of",
    "read_agent_message",
    "read_browser_message",
    "read_console_from_agent",
    "read_console_from_browser",
    "read_console_to_agent",
    "read_console_to_browser",
    "read_controller_message",
    "read_server_message",
    "resource_to_json",
    "resources_from_json",
    "resources_to_json",
    "state_from_json",
    "status_to_json",
]
