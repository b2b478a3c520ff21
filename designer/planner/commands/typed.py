"""The beginnings that the commands of all kinds share."""

from __future__ import annotations

Command = tuple[str, ...]


def ip(netns: str, *words: str) -> Command:
    return ("ip", *_in(netns), *words)


def bridge(netns: str, *words: str) -> Command:
    return ("bridge", *_in(netns), *words)


def within(netns: str, *words: str) -> Command:
    """A program that has no option for a network namespace of its own."""
    return ("ip", "netns", "exec", netns, *words) if netns else words


def sysctl(netns: str, path: tuple[str, ...], value: int) -> Command:
    """Interface names can have dots, and then sysctl wants slashes between the parts."""
    separator = "/" if any("." in part for part in path) else "."
    return within(netns, "sysctl", "-w", f"{separator.join(path)}={value}")


def _in(netns: str) -> Command:
    return ("-n", netns) if netns else ()
