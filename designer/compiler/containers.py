"""A container: a namespace with its routes. Its interfaces come with their links."""

from __future__ import annotations

from designer.compiler.build import DEFAULT, Build
from designer.machine.resources import Namespace, Route
from designer.topology.kinds import Container, Router


def compile_container(build: Build, container: Container) -> None:
    namespace(build, container, forwarding=False)


def namespace(build: Build, node: Container | Router, *, forwarding: bool) -> None:
    """The namespace of a container or router, and what its routing table gets."""
    ref = f"nodes/{node.id}"
    netns = build.netns(node)
    build.add(node.id, Namespace(name=netns, forwarding=forwarding, owner=build.lab), ref)
    for to, via in routes_of(node):
        build.add(node.id, Route(netns=netns, to=to, via=via, owner=build.lab), ref)


def routes_of(node: Container | Router) -> list[tuple[str, str]]:
    """Every static route with the default ones spelled out, the gateway's first."""
    wanted = [("default", node.gateway)] if node.gateway else []
    wanted += [(route["to"], route["via"]) for route in node.routes]
    return [(DEFAULT[6 if ":" in via else 4] if to == "default" else to, via) for to, via in wanted]
