"""A step runs when its inputs changed, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.bootstrap import shell, steps


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(steps, "CHECKOUT", tmp_path)
    monkeypatch.setattr(steps, "VAR", tmp_path / "var")
    (tmp_path / "src/deep").mkdir(parents=True)
    (tmp_path / "src/node_modules").mkdir()
    (tmp_path / "src/deep/a").write_text("a")
    return tmp_path


def _step(checkout: Path, made: list[str], version: str = "1") -> steps.Step:
    def make() -> None:
        made.append("made")
        (checkout / "result").touch()

    return steps.Step("thing", [checkout / "src"], checkout / "result", make, lambda: version)


def test_the_same_inputs_are_made_once(checkout: Path) -> None:
    made: list[str] = []
    _step(checkout, made).run()
    _step(checkout, made).run()
    (checkout / "src/node_modules/noise").write_text("no source")
    _step(checkout, made).run()
    assert made == ["made"]


@pytest.mark.parametrize("change", ["content", "new", "renamed", "proof", "version"])
def test_any_change_makes_it_again(checkout: Path, change: str) -> None:
    made: list[str] = []
    _step(checkout, made).run()
    version = "1"
    match change:
        case "content":
            (checkout / "src/deep/a").write_text("b")
        case "new":
            (checkout / "src/b").touch()
        case "renamed":
            (checkout / "src/deep/a").rename(checkout / "src/deep/b")
        case "proof":
            (checkout / "result").unlink()
        case "version":
            version = "2"
    _step(checkout, made, version).run()
    assert made == ["made", "made"]


def test_a_failed_make_is_tried_again(checkout: Path) -> None:
    made: list[str] = []
    _step(checkout, made).run()
    (checkout / "src/deep/a").write_text("b")

    def fail() -> None:
        raise shell.Failed("no network")

    broken = steps.Step("thing", [checkout / "src"], checkout / "result", fail, lambda: "1")
    with pytest.raises(shell.Failed, match="no network"):
        broken.run()
    (checkout / "src/deep/a").write_text("a")
    _step(checkout, made).run()
    assert made == ["made", "made"]
