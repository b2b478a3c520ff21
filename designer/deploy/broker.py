"""The broker as an agent may use it: one Redis user per hypervisor, for its own queue only.

With Redis' ACL (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/) an
agent's user reaches the keys of its own queue and nothing else, so that a compromised agent can
neither read nor forge another hypervisor's calls. A forged call would change nothing anyway: the
job is fetched over the agent's own connection.

Redis keeps ACL users in memory unless it has an aclfile, so the user is put there again whenever
the agent says hello. Where our own Redis user may not administer others, agents get the address
as it is configured.
"""

from __future__ import annotations

import logging
from urllib.parse import quote, urlsplit, urlunsplit

import redis
from django.conf import settings

from designer.deploy.models import Hypervisor
from designer.wire.names import queue_of

log = logging.getLogger(__name__)

# kombu lets go of the lock over its unacknowledged messages by a script. What a script does is
# held to the user's keys and commands like everything else.
_SCRIPTS = ("+eval", "+evalsha", "+script|load")
_COMMANDS = ("+@all", "-@admin", "-@dangerous", "-@scripting", *_SCRIPTS, "-@pubsub")


def user_of(hypervisor: Hypervisor) -> str:
    return f"hypervisor-{hypervisor.pk}"


def admit(hypervisor: Hypervisor) -> bool:
    """Make or renew the hypervisor's user at the broker. False: the broker does not let us, or
    does not answer."""
    queue = queue_of(str(hypervisor.pk))
    # The queue with its priorities and what kombu keeps of it; see the agent's broker options.
    keys = (f"~{queue}", f"~{queue}?*", f"~_kombu.binding.{queue}",
            f"~_kombu.binding_permanent.{queue}")  # fmt: skip
    words = ("reset", "on", f"#{hypervisor.broker_hash}", *keys, "resetchannels", *_COMMANDS)
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        ) as client:
            client.execute_command("ACL", "SETUSER", user_of(hypervisor), *words)
    except redis.RedisError as error:
        log.warning("No broker user of its own for %s: %s", hypervisor.name, error)
        return False
    return True


def dismiss(hypervisor: Hypervisor) -> None:
    """Take the hypervisor's user away; open connections of it end."""
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        ) as client:
            client.execute_command("ACL", "DELUSER", user_of(hypervisor))
    except redis.RedisError as error:
        log.warning("The broker keeps the user of %s: %s", hypervisor.name, error)


def url_for(hypervisor: Hypervisor, password: str) -> str:
    """The broker's address as the agent of this hypervisor is to use it."""
    if not admit(hypervisor):
        return settings.AGENT_REDIS_URL
    parts = urlsplit(settings.AGENT_REDIS_URL)
    place = parts.netloc.rpartition("@")[2]
    user = f"{quote(user_of(hypervisor))}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{user}@{place}"))
