"""Lock files must fit what they were made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.bootstrap import locks

_LOCK = """\
django==5.2.3 \\
    --hash=sha256:aa
celery[redis]==5.5.1 \\
    --hash=sha256:bb
"""


@pytest.mark.parametrize(
    ("source", "lock", "problem"),
    [
        ("django~=5.2.0\ncelery[redis]~=5.5\n# words\n-r other.in\n", _LOCK, None),
        ("Django\n", _LOCK, None),
        ("django~=6.0\n", _LOCK, "base.txt: django 5.2.3 does not fit ~=6.0 of base.in"),
        ("django~=5.2.4\n", _LOCK, "base.txt: django 5.2.3 does not fit ~=5.2.4 of base.in"),
        ("django==5.2.4\n", _LOCK, "base.txt: django 5.2.3 does not fit ==5.2.4 of base.in"),
        ("redis\n", _LOCK, "base.txt: redis of base.in is not pinned"),
        ("django\n", "django==5.2.3\n", "base.txt: django has no hash"),
    ],
)
def test_what_does_not_fit_is_named(
    source: str, lock: str, problem: str | None, tmp_path: Path
) -> None:
    (tmp_path / "base.in").write_text(source)
    (tmp_path / "base.txt").write_text(lock)
    found = locks.problems(tmp_path)
    if problem is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].startswith(problem)


def test_a_missing_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / "agent.in").touch()
    assert locks.problems(tmp_path) == ["agent.txt is missing: compile it from agent.in"]
