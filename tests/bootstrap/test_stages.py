"""Every stage runs, whatever fails; the last line is the sum."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.bootstrap import commands, inventory, stages
from tasks.bootstrap.inventory import Inventory
from tasks.bootstrap.shell import CHECKOUT, Failed
from tasks.bootstrap.stages import Stage

_REPORT = """<testsuites><testsuite tests="5" failures="1" errors="1" skipped="1"/>
<testsuite tests="2"/></testsuites>"""


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "VAR", tmp_path)


def _writes(report: str, status: int) -> tuple[str, ...]:
    program = f"import sys; open(sys.argv[1], 'w').write({report!r}); sys.exit({status})"
    return (sys.executable, "-c", program, "{report}")


def _last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_the_sum_counts_tests_and_stages(capsys: pytest.CaptureFixture[str]) -> None:
    status = stages.run(
        [
            Stage("lint", (sys.executable, "-c", "")),
            Stage("broken lint", (sys.executable, "-c", "raise SystemExit(1)")),
            Stage("tests", _writes(_REPORT, 1), counts=True),
        ],
        leak_check=False,
    )
    assert status == 1
    assert _last_line(capsys) == "5 passed, 3 failed, 1 skipped"


def test_a_stage_that_ends_without_a_report_failed(capsys: pytest.CaptureFixture[str]) -> None:
    dies = (sys.executable, "-c", "raise SystemExit(4)")
    assert stages.run([Stage("tests", dies, counts=True)], leak_check=False) == 1
    assert _last_line(capsys) == "0 passed, 1 failed"


def test_a_missing_program_fails_its_stage_only(capsys: pytest.CaptureFixture[str]) -> None:
    given = [Stage("one", ("no-such-program",)), Stage("two", (sys.executable, "-c", ""))]
    assert stages.run(given, leak_check=False) == 1
    assert _last_line(capsys) == "1 passed, 1 failed"


def test_two_lanes_run_side_by_side_and_speak_one_after_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meet = (
        "import pathlib, sys, time\n"
        "mine, other = map(pathlib.Path, sys.argv[1:])\n"
        "mine.touch()\n"
        "until = time.monotonic() + 60\n"
        "while not other.exists() and time.monotonic() < until: time.sleep(0.01)\n"
        "print('they met' if other.exists() else 'alone')\n"
        "sys.exit(not other.exists())"
    )
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    given = [
        Stage("one", (sys.executable, "-c", meet, a, b)),
        Stage("two", (sys.executable, "-c", meet, b, a), aside=True),
    ]
    assert stages.run(given, leak_check=False) == 0
    said = capsys.readouterr().out
    assert "=== two: ended\nthey met\n" in said
    assert said.splitlines()[-1] == "2 passed, 0 failed"


def test_a_lane_with_nothing_left_takes_what_the_other_has_not_begun(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Either can end only when the other has run the last of its own."""
    last = tmp_path / "last"
    waits = f"until [ -e {last} ]; do sleep 0.01; done"
    mine = (Stage("slow", ("sh", "-c", waits)), Stage("last", ("touch", str(last))))
    quick = Stage("quick", ("true",), aside=True)
    assert stages.run([*mine, quick], leak_check=False) == 0

    last.unlink()
    aside = [replace(stage, aside=True) for stage in mine]
    assert stages.run([replace(quick, aside=False), *aside], leak_check=False) == 0
    assert _last_line(capsys) == "3 passed, 0 failed"


def test_what_wants_to_be_alone_comes_after_both_lanes(tmp_path: Path) -> None:
    others = [tmp_path / "one", tmp_path / "two"]
    looks = "import os, sys; sys.exit(not all(map(os.path.exists, sys.argv[1:])))"
    given = [
        Stage("alone", (sys.executable, "-c", looks, *map(str, others)), alone=True),
        Stage("one", ("touch", str(others[0]))),
        Stage("two", ("sh", "-c", f"sleep 0.5; touch {others[1]}"), aside=True),
    ]
    assert stages.run(given, leak_check=False) == 0


def test_an_interrupted_lane_takes_the_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = (sys.executable, "-c", "import time; time.sleep(600)")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "_run_in_order", interrupted)
    given = [Stage("one", waits), Stage("two", waits, aside=True)]
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stages.run(given, leak_check=False)
    assert time.monotonic() - began < 60


def test_an_old_report_does_not_count_again(tmp_path: Path) -> None:
    good = Stage("tests", _writes('<testsuite tests="1"/>', 0), counts=True)
    assert stages.run([good], leak_check=False) == 0
    dies = Stage("tests", (sys.executable, "-c", "raise SystemExit(1)"), counts=True)
    assert stages.run([dies], leak_check=False) == 1


def test_what_a_stage_leaves_behind_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(inventory, "_SETTLE", 0.0)
    monkeypatch.setattr(inventory, "gettempdir", lambda: str(tmp_path))
    left = tmp_path / "trunkline-left"
    leaks = Stage("leaks", (sys.executable, "-c", f"open({str(left)!r}, 'w')"))
    before = Inventory.take()
    stages._run_one(leaks, tally := stages.Tally())
    # Other work may go on on this machine: what is asked here is only about our file.
    assert f"file {left.name}" in before.what_is_new()
    stages._check_leaks(before, tally)
    assert tally.failed >= 1
    assert f"left behind: file {left.name}" in capsys.readouterr().out


def test_a_process_of_this_checkout_is_seen() -> None:
    argv = [sys.executable, "-c", f"print('up', flush=True); input()  # {CHECKOUT}"]
    with subprocess.Popen(argv, stdin=-1, stdout=-1) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        assert any(
            line.startswith(f"process {process.pid}: ") for line in Inventory.take().processes
        )
        process.stdin.close()
        process.wait()


def test_stages_can_be_chosen_by_a_word() -> None:
    assert [stage.name for stage in commands._chosen(["fast", "browser"])] == [
        "fast tests",
        "browser tests",
    ]
    assert commands._chosen([]) == stages.STAGES
    with pytest.raises(Failed, match=r"no stage is called nonsense\. There are: lint: ruff, "):
        commands._chosen(["nonsense"])


def test_every_marker_is_run_by_exactly_one_stage() -> None:
    """A test is marked with some of these; each combination must belong to one pytest stage."""
    expressions = [
        stage.command[stage.command.index("-m") + 1]
        for stage in stages.STAGES
        if "pytest" in stage.command[0]
    ]
    names = ("kernel", "libvirt", "own_kernel", "whole_product", "browser")
    for values in itertools.product((False, True), repeat=len(names)):
        marks = dict(zip(names, values, strict=True))
        beside = marks["own_kernel"] or marks["whole_product"]
        if beside and not (marks["kernel"] or marks["libvirt"]):
            continue  # they stand beside one of these
        chosen = [text for text in expressions if eval(text, {}, marks)]  # noqa: S307
        assert len(chosen) == 1, (marks, chosen)
