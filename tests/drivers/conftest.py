"""Tests that ask for ``ground`` run in a thread with network and mount namespaces of its own.

All that they make is gone with the thread; the machine's own namespaces never see it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.drivers.ground import Ground, furnish


@pytest.fixture
def ground() -> Iterator[Ground]:
    """An empty machine. Anything done with it belongs in the test's own body."""
    one = Ground()
    yield one
    one.close()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    if "ground" not in pyfuncitem.fixturenames:
        return None
    wanted = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in wanted}
    failure: list[BaseException] = []

    def body() -> None:
        try:
            furnish()
            pyfuncitem.obj(**arguments)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=body, name=pyfuncitem.name)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return True
