"""Room that is used up and given back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.wire.window import Overdrawn, Window


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 120)), max_size=50))
def test_never_more_is_on_its_way_than_fits(steps: list[tuple[bool, int]]) -> None:
    window, sent = Window(100), 0
    for sends, count in steps:
        fits = count <= (100 - sent if sends else sent)
        act = window.send if sends else window.taken
        if fits:
            act(count)
            sent += count if sends else -count
        else:
            with pytest.raises(Overdrawn):
                act(count)
        assert (window.sent, window.room) == (sent, 100 - sent)
