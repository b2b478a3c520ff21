"""Lists of VLANs: one form whatever was written, and nothing that is no VLAN."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.topology import vlans
from designer.topology.problems import InvalidValue
from tests.topology.strategies import SOME

IDS = st.frozensets(st.integers(1, 30) | st.integers(1, 4094), max_size=30)


@SOME
@given(IDS)
def test_a_set_comes_back_from_its_list(ids: frozenset[int]) -> None:
    assert vlans.ids_of(vlans.written(ids)) == ids
    assert vlans.read(vlans.written(ids)) == vlans.written(ids)


@SOME
@given(IDS, st.randoms())
def test_the_list_has_one_form_in_whatever_order_it_was_written(
    ids: frozenset[int], order: Any
) -> None:
    for values in (list(ids), list(vlans.written(ids))):
        order.shuffle(values)
        assert vlans.read(values) == vlans.written(ids)


@pytest.mark.parametrize(
    ("given", "kept", "told"),
    [
        ([], (), "none"),
        ([20, 10], (10, 20), "10, 20"),
        ([1, 2], (1, 2), "1, 2"),
        (["1-2"], (1, 2), "1, 2"),
        ([3, 1, 2], ("1-3",), "1-3"),
        ([20, "100-110", 10], (10, 20, "100-110"), "10, 20, 100-110"),
        (["1-4094"], ("1-4094",), "1-4094"),
        (["10-12", "13-15"], ("10-15",), "10-15"),
    ],
)
def test_written(given: list[int | str], kept: tuple[int | str, ...], told: str) -> None:
    assert vlans.read(given) == kept
    assert vlans.shown(vlans.ids_of(kept)) == told


@pytest.mark.parametrize(
    "wrong",
    [0, -1, 4095, True, 1.0, None, "10", "", "10-10", "20-10", "0-5", "4090-4095", "10 - 20",
     "010-20", "10-20-30", "1-99999", "\N{ARABIC-INDIC DIGIT ONE}-\N{ARABIC-INDIC DIGIT NINE}",
     [10], {"from": 1}],
)  # fmt: skip
def test_what_is_no_vlan_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidValue, match="is no VLAN id and no range of them"):
        vlans.read([5000 - 990, wrong])


@pytest.mark.parametrize("twice", [[10, 10], [10, "5-15"], ["5-15", "15-20"], ["1-5", "1-5"]])
def test_an_id_stands_in_the_list_once(twice: list[Any]) -> None:
    with pytest.raises(InvalidValue, match="stands in the list twice"):
        vlans.read(twice)
