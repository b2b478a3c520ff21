"""Marks: written and read back, and nothing that only looks like one."""

from __future__ import annotations

import pytest

from designer.machine import marks
from designer.machine.marks import Mark, ParentMark


def test_a_mark_reads_as_it_was_written() -> None:
    mark = Mark("k3j2h1g0", "3f0c8f1e-6f3f-4a55-9f3e-0d3b2a1c9e77")
    assert marks.parse(str(mark)) == mark
    assert len(str(mark)) < 256  # IFALIASZ


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "trunkline",
        "trunkline:k3j2h1g0",
        "trunkline:K3J2H1G0:d1",
        "trunkline:abc:d1",
        "trunkline:k3j2h1g0:d1\n",
        " trunkline:k3j2h1g0:d1",
        "trunkline:k3j2h1g0:d1:more",
        "trunkline:k3j2h1g0:d 1",
        "trunkline:k3j2h1g٣:d1",
        "somebody's uplink",
    ],
)
def test_what_only_looks_like_a_mark_is_none(text: str | None) -> None:
    assert marks.parse(text) is None


def test_groups_are_far_from_those_that_people_use() -> None:
    groups = {marks.group_of(f"lab{number:05}") for number in range(1000)}
    assert len(groups) == 1000
    assert all(group >> 24 == 0x54 for group in groups)


def test_a_table_is_named_after_its_lab() -> None:
    assert marks.table_name("k3j2h1g0") == "trunkline-k3j2h1g0"


@pytest.mark.parametrize("was_up", [True, False])
def test_the_mark_of_a_card_with_sub_interfaces_reads_as_it_was_written(was_up: bool) -> None:
    name = marks.parent_mark("k3j2h1g0", was_up, "enp0s31f6np0nic")
    assert marks.parse_parent(name) == ParentMark("k3j2h1g0", was_up)
    assert len(name.encode()) < 128  # ALTIFNAMSIZ
    assert name != marks.parent_mark("k3j2h1g0", was_up, "eth1")  # both in one namespace


@pytest.mark.parametrize(
    "name",
    [
        "",
        "eth1",
        "trunkline-k3j2h1g0-eth1",
        "trunkline+k3j2h1g0+up",
        "trunkline+k3j2h1g0+on+eth1",
        "trunkline+K3J2H1G0+up+eth1",
        "trunkline+k3j2h1g0+up+",
        "trunkline+k3j2h1g0+up+eth1\n",
    ],
)
def test_other_alternative_names_are_no_such_mark(name: str) -> None:
    assert marks.parse_parent(name) is None
