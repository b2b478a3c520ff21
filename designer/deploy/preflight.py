"""What passes between hypervisors, as a table, and what is to be said of it.

Pure: probes and what was heard in, cells and findings out. A cell is one VLAN (0: untagged), one
size of frame (bytes of payload behind the inner EtherType) and one direction over a segment.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, NamedTuple

from designer.rules import findings
from designer.topology import vlans as vlan_lists

MOST_SHOWN = 400
"""Cells in a table: it goes to everyone with each step of a deployment."""

MOST_NAMED = 30
"""VLANs, or ranges of them, in a sentence."""

Answer = Mapping[str, Any]
"""What one NIC told: segment, nic, error, tried, heard (designer.wire.agent.Probed)."""


@dataclass(frozen=True, slots=True)
class Prober:
    """One hypervisor: its probes by segment, and its answers by segment; None: it has not told."""

    name: str
    probes: Mapping[str, Mapping[str, Any]]
    answers: Mapping[str, Answer] | None = None

    def tried(self, segment: str) -> bool:
        """Whether its NIC there could send and listen."""
        return self.answers is not None and bool(self.answers.get(segment, {}).get("tried"))

    def heard(self, segment: str) -> frozenset[tuple[str, int, int]]:
        told = (self.answers or {}).get(segment, {}).get("heard", ())
        return frozenset((sender, vlan, size) for sender, vlan, size in told)


@dataclass(frozen=True, slots=True)
class Cell:
    segment: str
    vlan: int
    size: int
    sender: str
    receiver: str
    passed: bool | None


class Path(NamedTuple):
    """One way over a segment."""

    segment: str
    sender: str
    receiver: str


class Loss(NamedTuple):
    """What one way loses of one VLAN: these sizes, and which pass."""

    lost: tuple[int, ...]
    passed: tuple[int, ...]


def cells_of(probers: Sequence[Prober]) -> list[Cell]:
    """The table. ``passed`` is None where nobody told, or a NIC could not be used: what was heard
    did pass, and what was not was lost only if both ends were there."""
    segments = dict.fromkeys(segment for one in probers for segment in one.probes)
    return [
        cell
        for segment in segments
        for sender, receiver in permutations(_at(probers, segment), 2)
        for cell in _between(segment, sender, receiver)
    ]


def shown(cells: Sequence[Cell]) -> list[Cell]:
    """As many as a table may have, in their order: what is lost or not known before the rest."""
    if len(cells) <= MOST_SHOWN:
        return list(cells)
    rank = {False: 0, None: 1, True: 2}
    chosen = sorted(range(len(cells)), key=lambda at: rank[cells[at].passed])[:MOST_SHOWN]
    return [cells[at] for at in sorted(chosen)]


def findings_of(cells: Sequence[Cell], nics: Mapping[tuple[str, str], str]) -> list[dict[str, Any]]:
    """One finding for what the same pair loses in the same way. ``nics`` are the names of the
    NICs by (segment, hypervisor)."""
    by_path: dict[Path, list[Cell]] = {}
    for cell in cells:
        by_path.setdefault(Path(cell.segment, cell.sender, cell.receiver), []).append(cell)
    found = []
    for there in by_path:
        back = Path(there.segment, there.receiver, there.sender)
        if there.sender > there.receiver:
            continue  # told together with the way there
        ways = {path: _losses(by_path.get(path, [])) for path in (there, back)}
        both = ways[there] == ways[back]
        passes = any(cell.passed for path in ways for cell in by_path.get(path, ()))
        for path in (there,) if both else (there, back):
            found += [
                _finding(path, loss, vlans, nics, both=both, passes=passes)
                for loss, vlans in ways[path].items()
            ]
    return [dataclasses.asdict(one) for one in found]


def unknowns(probers: Iterable[Prober]) -> str:
    """What kept the table from being whole, in words."""
    said = []
    for prober in probers:
        if prober.answers is None:
            said.append(f"{prober.name} did not tell what it heard.")
            continue
        for segment, answer in prober.answers.items():
            if answer["error"] or not answer["tried"]:
                words = answer["error"] or f"{answer['nic']} could not be used."
                said.append(f"{prober.name} at {segment}: {words}")
    return " ".join(said)


def _at(probers: Iterable[Prober], segment: str) -> list[Prober]:
    return [one for one in probers if segment in one.probes]


def _between(segment: str, sender: Prober, receiver: Prober) -> Iterator[Cell]:
    sent, awaited = sender.probes[segment], receiver.probes[segment]
    heard = receiver.heard(segment)
    sure = sender.tried(segment) and receiver.tried(segment)
    for vlan in sorted({*sent["vlans"]} & {*awaited["vlans"]}):
        for size in sorted({*sent["sizes"]} & {*awaited["sizes"]}):
            came = (sender.name, vlan, size) in heard
            passed = True if came else False if sure else None
            yield Cell(segment, vlan, size, sender.name, receiver.name, passed)


def _losses(cells: Iterable[Cell]) -> dict[Loss, list[int]]:
    """The VLANs by what they lose, of the cells of one way."""
    by_vlan: dict[int, tuple[list[int], list[int]]] = {}
    for cell in cells:
        if cell.passed is not None:
            by_vlan.setdefault(cell.vlan, ([], []))[cell.passed].append(cell.size)
    losses: dict[Loss, list[int]] = {}
    for vlan, (lost, passed) in by_vlan.items():
        if lost:
            losses.setdefault(Loss(tuple(lost), tuple(passed)), []).append(vlan)
    return losses


def _finding(
    path: Path,
    loss: Loss,
    vlans: Sequence[int],
    nics: Mapping[tuple[str, str], str],
    *,
    both: bool,
    passes: bool,
) -> findings.Finding:
    """``both``: the same is lost on the way back. ``passes``: anything at all gets through between
    these two."""
    ends = [f"{name} ({nics[path.segment, name]})" for name in (path.sender, path.receiver)]
    way = f"between {ends[0]} and {ends[1]}" if both else f"from {ends[0]} to {ends[1]}"
    sizes = " and ".join(map(str, loss.lost))
    frames = f"Frames of {sizes} bytes {_of(vlans)}"
    large = bool(loss.passed) and min(loss.lost) > max(loss.passed)
    if large:
        message = f"{frames} are lost {way}; those of {max(loss.passed)} bytes pass."
        fix = (
            f"Something on the way carries no frames of {min(loss.lost)} bytes: raise the MTU of "
            "the switch between and of both NICs, or draw a smaller MTU."
        )
    elif loss.passed:
        message = f"{frames} are lost {way}; others pass."
        fix = "The path is not reliable: look at its load, its cables and its duplex settings."
    else:
        message = f"{frames} are lost {way}."
        fix = _carry(vlans) if passes else _plug(vlans)
    return findings.error("preflight", f"nodes/{path.segment}", "", message, fix)


def _carry(vlans: Sequence[int]) -> str:
    """What to do where frames of these VLANs never pass, and others do."""
    if list(vlans) == [0]:
        return (
            "The switch between does not carry untagged frames: set the same native VLAN on both "
            "ports."
        )
    return f"The switch between does not carry {_named(vlans)}: allow it on both ports."


def _plug(vlans: Sequence[int]) -> str:
    return (
        "Nothing passes between these two: see that both NICs are plugged into the same "
        f"switch, and that it carries {_named(vlans)} on both ports."
    )


def _of(vlans: Sequence[int]) -> str:
    return "without a tag" if list(vlans) == [0] else f"of {_named(vlans)}"


def _named(vlans: Sequence[int]) -> str:
    tagged = [vlan for vlan in vlans if vlan]
    words = ["untagged frames"] if 0 in vlans else []
    if tagged:
        written = [str(one) for one in vlan_lists.written(tagged)]
        more = f" and {len(written) - MOST_NAMED} more" if len(written) > MOST_NAMED else ""
        many = "s" * (len(tagged) > 1)
        words.append(f"VLAN{many} {', '.join(written[:MOST_NAMED])}{more}")
    return " and ".join(words)
