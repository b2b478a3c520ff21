"""VLAN ids as lists: numbers and ranges as people write them, sets as programs reckon with them.

An id is 1 to 4094 (IEEE 802.1Q-2022, 9.6: 0 means no VLAN, 4095 is reserved).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from designer.topology.problems import InvalidValue
from designer.topology.problems import shown as quoted

LEAST, MOST = 1, 4094
RANGE = re.compile(r"^([1-9][0-9]{0,3})-([1-9][0-9]{0,3})$")
ALLOWED = 'a list of VLAN ids from 1 to 4094 and ranges such as "100-110", each id once'

VlanList = tuple[int | str, ...]


def read(values: Iterable[object]) -> VlanList:
    """The list in its one form, of numbers and ranges in any order.

    Raises :class:`InvalidValue` for what is none, and where an id stands in it twice.
    """
    ids: set[int] = set()
    for value in values:
        for id in _ids(value):
            if id in ids:
                raise InvalidValue("duplicate", f"VLAN {id} stands in the list twice.", ALLOWED)
            ids.add(id)
    return written(ids)


def _ids(value: object) -> Iterable[int]:
    if isinstance(value, int) and not isinstance(value, bool) and LEAST <= value <= MOST:
        return (value,)
    ends = RANGE.fullmatch(value) if isinstance(value, str) else None
    if ends is not None:
        first, last = map(int, ends.groups())
        if LEAST <= first < last <= MOST:
            return range(first, last + 1)
    raise InvalidValue("vlan", f"{quoted(value)} is no VLAN id and no range of them.", ALLOWED)


def ids_of(value: Iterable[int | str]) -> frozenset[int]:
    """The ids that a list has, ranges written out."""
    return frozenset(id for one in value for id in _ids(one))


def written(ids: Iterable[int]) -> VlanList:
    """The list of these ids: ascending, three or more in a row as a range."""
    found: list[int | str] = []
    for first, last in _runs(sorted(ids)):
        if last - first < 2:
            found.extend(range(first, last + 1))
        else:
            found.append(f"{first}-{last}")
    return tuple(found)


def shown(ids: Iterable[int]) -> str:
    """The ids for a sentence: "10, 20, 100-110"; "none" where there are none."""
    return ", ".join(map(str, written(ids))) or "none"


def _runs(ids: list[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each unbroken row."""
    first = 0
    for at in range(1, len(ids) + 1):
        if at == len(ids) or ids[at] != ids[at - 1] + 1:
            yield ids[first], ids[at - 1]
            first = at
