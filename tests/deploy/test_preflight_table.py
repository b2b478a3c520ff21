"""What is made of what hypervisors heard: the table, and the words for what is lost."""

from __future__ import annotations

from collections.abc import Collection

from designer.deploy.preflight import (
    MOST_SHOWN,
    Cell,
    Prober,
    cells_of,
    findings_of,
    shown,
    unknowns,
)

SEGMENT = "lan"
NICS = {(SEGMENT, "hv1"): "eth1", (SEGMENT, "hv2"): "ens3", (SEGMENT, "hv3"): "eth1"}
Heard = tuple[str, int, int]


def prober(name: str, heard: Collection[Heard] | None, *, vlans: tuple[int, ...] = (10, 20),
           tried: bool = True, error: str = "") -> Prober:  # fmt: skip
    nic = NICS[SEGMENT, name]
    probe = {"segment": SEGMENT, "nic": nic, "vlans": vlans, "sizes": (64, 1500)}
    answer = {"segment": SEGMENT, "nic": nic, "heard": heard, "tried": tried, "error": error}
    return Prober(name, {SEGMENT: probe}, None if heard is None else {SEGMENT: answer})


def everything(sender: str, vlans: Collection[int] = (10, 20)) -> set[Heard]:
    return {(sender, vlan, size) for vlan in vlans for size in (64, 1500)}


def said(cells: list[Cell]) -> list[tuple[str, str]]:
    return [(one["message"], one["fix"]) for one in findings_of(cells, NICS)]


def test_a_cell_for_each_vlan_size_and_direction() -> None:
    cells = cells_of([prober("hv1", everything("hv2")), prober("hv2", everything("hv1"))])
    assert len(cells) == 8
    assert {cell.passed for cell in cells} == {True}
    assert Cell(SEGMENT, 20, 1500, "hv2", "hv1", True) in cells
    assert not findings_of(cells, NICS)


def test_only_what_both_ends_carry_is_a_cell() -> None:
    one = prober("hv1", everything("hv2", (10,)), vlans=(10, 20))
    other = prober("hv2", everything("hv1", (10,)), vlans=(10, 30))
    assert {cell.vlan for cell in cells_of([one, other])} == {10}


def test_a_vlan_that_the_switch_does_not_carry() -> None:
    cells = cells_of(
        [prober("hv1", everything("hv2", (10,))), prober("hv2", everything("hv1", (10,)))]
    )
    assert said(cells) == [
        (
            "Frames of 64 and 1500 bytes of VLAN 20 are lost between hv1 (eth1) and hv2 (ens3).",
            "The switch between does not carry VLAN 20: allow it on both ports.",
        )
    ]
    (finding,) = findings_of(cells, NICS)
    assert (finding["code"], finding["severity"], finding["ref"]) == (
        "preflight",
        "error",
        "nodes/lan",
    )


def test_only_large_frames_are_lost() -> None:
    small = {one for one in everything("hv2") if one[2] == 64 or one[1] == 10}
    cells = cells_of([prober("hv1", small), prober("hv2", everything("hv1"))])
    assert said(cells) == [
        (
            "Frames of 1500 bytes of VLAN 20 are lost from hv2 (ens3) to hv1 (eth1); "
            "those of 64 bytes pass.",
            "Something on the way carries no frames of 1500 bytes: raise the MTU of the switch "
            "between and of both NICs, or draw a smaller MTU.",
        )
    ]


def test_nothing_passes_at_all() -> None:
    cells = cells_of([prober("hv1", ()), prober("hv2", ())])
    assert said(cells) == [
        (
            "Frames of 64 and 1500 bytes of VLANs 10, 20 are lost between hv1 (eth1) and "
            "hv2 (ens3).",
            "Nothing passes between these two: see that both NICs are plugged into the same "
            "switch, and that it carries VLANs 10, 20 on both ports.",
        )
    ]


def test_untagged_frames_are_called_so() -> None:
    vlans = (0, 10)
    cells = cells_of(
        [
            prober("hv1", everything("hv2", (10,)), vlans=vlans),
            prober("hv2", everything("hv1", (10,)), vlans=vlans),
        ]
    )
    ((message, fix),) = said(cells)
    assert message.startswith("Frames of 64 and 1500 bytes without a tag are lost between")
    assert "set the same native VLAN on both ports" in fix


def test_each_pair_has_its_own_words() -> None:
    cells = cells_of(
        [
            prober("hv1", everything("hv2") | everything("hv3")),
            prober("hv2", everything("hv1") | everything("hv3", (20,))),
            prober("hv3", everything("hv1") | everything("hv2")),
        ]
    )
    ((message, _),) = said(cells)
    assert "of VLAN 10 are lost from hv3 (eth1) to hv2 (ens3)" in message


def test_who_is_silent_makes_nothing_lost() -> None:
    probers = [prober("hv1", everything("hv2", (10,))), prober("hv2", None)]
    cells = {(cell.vlan, cell.sender): cell.passed for cell in cells_of(probers)}
    # What was heard did pass; of the rest nobody knows whether it was sent, or heard.
    assert cells == {(10, "hv2"): True, (20, "hv2"): None, (10, "hv1"): None, (20, "hv1"): None}
    assert not findings_of(cells_of(probers), NICS)
    assert unknowns(probers) == "hv2 did not tell what it heard."


def test_a_nic_that_cannot_be_used_makes_nothing_lost() -> None:
    down = prober("hv2", (), tried=False, error="eth1 is down.")
    probers = [prober("hv1", ()), down]
    assert {cell.passed for cell in cells_of(probers)} == {None}
    assert unknowns(probers) == "hv2 at lan: eth1 is down."


def test_a_table_that_is_too_long_shows_what_is_lost() -> None:
    vlans = tuple(range(1, 301))
    cells = cells_of(
        [
            prober("hv1", everything("hv2", vlans), vlans=vlans),
            prober("hv2", everything("hv1", vlans[:-3]), vlans=vlans),
        ]
    )
    table = shown(cells)
    assert len(table) == MOST_SHOWN < len(cells)
    assert [(one.vlan, one.size) for one in table if not one.passed] == [
        (vlan, size) for vlan in (298, 299, 300) for size in (64, 1500)
    ]
    assert [one for one in cells if one in table] == table
    ((message, _),) = said(cells)
    assert "of VLANs 298-300 are lost from hv1 (eth1) to hv2 (ens3)" in message
