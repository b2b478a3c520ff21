"""Here a kernel with 802.1Q is wanted. Where this machine's has none, see ``elsewhere``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.drivers.vlan import elsewhere

_HERE = Path(__file__).parent
_RUN = pytest.StashKey[elsewhere.Elsewhere]()


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.own_kernel)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, items: Sequence[pytest.Item]) -> None:
    ours = [item for item in items if _HERE in item.path.parents]
    if ours and not elsewhere.here():
        session.stash[_RUN] = elsewhere.Elsewhere(ours)
        for item in ours:
            item.add_marker(pytest.mark.timeout(1200))  # the first waits for all of them


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    run = pyfuncitem.session.stash.get(_RUN, None)
    if run is None or _HERE not in pyfuncitem.path.parents:
        return None
    run.tell(pyfuncitem)
    return True
