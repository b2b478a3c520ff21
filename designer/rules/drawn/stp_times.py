"""The times of spanning tree fit each other (IEEE 802.1D-2004, 17.14) and the kernel's limits
(net/bridge/br_stp.c)."""

from __future__ import annotations

from collections.abc import Iterator

from designer.rules.findings import Finding, error
from designer.rules.view import View
from designer.topology.kinds import Bridge

LEAST_FORWARD_DELAY = 2


def stp_times(view: View) -> Iterator[Finding]:
    for bridge in view.design.of_kind(Bridge):
        if not bridge.stp:
            continue
        ref = f"nodes/{bridge.id}"
        most_age = 2 * (bridge.forward_delay - 1)
        least_age = 2 * (bridge.hello_time + 1)
        if bridge.forward_delay < LEAST_FORWARD_DELAY:
            message = (
                f"With spanning tree a forward delay of {bridge.forward_delay} s is too short."
            )
            fix = f"Make it {LEAST_FORWARD_DELAY} s or more; 15 s is usual."
            yield error("stp-forward-delay", ref, "forward_delay", message, fix)
        elif bridge.max_age > most_age:
            message = (
                f"Max age {bridge.max_age} s is more than twice the forward delay less one "
                f"({most_age} s): the tree may loop while it changes."
            )
            fix = (
                f"Make the forward delay {-(-bridge.max_age // 2) + 1} s or more, "
                f"or max age {max(most_age, 6)} s or less."
                if most_age >= 6
                else f"Make the forward delay {-(-bridge.max_age // 2) + 1} s or more."
            )
            yield error("stp-max-age", ref, "max_age", message, fix)
        if bridge.max_age < least_age:
            message = (
                f"Max age {bridge.max_age} s is less than twice the hello time plus one "
                f"({least_age} s): the root is lost when one message is."
            )
            fix = f"Make max age {least_age} s or more, or hello time shorter."
            yield error("stp-hello", ref, "max_age", message, fix)
