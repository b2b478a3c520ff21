"""Serial consoles through the whole product: what a guest that writes without end costs everyone
else, and browsers at another server process than the agent's."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tasks import guest
from tasks.sandbox.web import Web
from tests.e2e.product import Machine, Product
from tests.e2e.session import Session
from tests.e2e.sockets import ConsoleEnd, console, until_status, watched

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("clean")]

NAME = "Serial consoles"
VM = f"kind: vm, host: h1, kernel: {guest.KERNEL}, initrd: {guest.INITRD}"
LAB = f"""
trunkline: 1
name: {NAME}
nodes:
  h1: {{kind: host}}
  noisy: {{{VM}, cmdline: "{guest.CMDLINE}"}}
  quiet: {{{VM}, cmdline: "{guest.CMDLINE}"}}
"""
PROMPT = "/ #"
ROUNDS = 5


@pytest.fixture
def lab(product: Product, tmp_path: Path) -> Iterator[None]:
    file = tmp_path / "lab.yaml"
    file.write_text(LAB)
    product.lab("deploy", str(file), "--wait")
    yield
    product.lab("destroy", NAME, "--wait")


def signed_in(product: Product, url: str | None = None) -> tuple[Session, str]:
    """And the lab's id."""
    session = Session(url or product.url, product.login["username"], product.login["password"])
    (lab,) = (one["id"] for one in session.get("/api/labs") if one["name"] == NAME)
    return session, lab


@pytest.mark.usefixtures("lab")
def test_a_guest_that_writes_without_end_slows_nothing_down(product: Product, hv1: Machine) -> None:
    """Beside one console that reads nothing and one that reads little, another VM's state comes as
    soon as where the same guest keeps its processor busy in silence."""
    session, lab = signed_in(product)
    quiet = next(one for one in hv1.domains() if one.endswith("quiet"))

    async def seconds() -> float:
        """Until the lab's people see that a VM was paused, or goes on."""
        took = []
        async with watched(session, lab) as socket:
            for _ in range(ROUNDS):
                for command, state in (("suspend", "paused"), ("resume", "running")):
                    began = time.monotonic()
                    await asyncio.to_thread(hv1.command, "virsh", command, quiet)
                    await until_status(socket, "nodes/quiet", "domain_state", state)
                    took.append(time.monotonic() - began)
        return statistics.median(took)

    async def read_little(end: ConsoleEnd) -> None:
        while True:
            await end.hear()
            await asyncio.sleep(0.5)  # how slow this reader is

    async def look() -> None:
        async with AsyncExitStack() as opened:
            typist = await opened.enter_async_context(console(session, lab, "noisy"))
            await typist.until(PROMPT)
            await typist.type("while :; do :; done\n")
            in_silence = await seconds()
            await typist.type("\x03")
            await typist.until(PROMPT)

            await opened.enter_async_context(console(session, lab, "noisy"))  # reads nothing more
            slow = await opened.enter_async_context(console(session, lab, "noisy"))
            await typist.type("yes it writes without end\n")
            reading = asyncio.create_task(read_little(slow))
            in_flood = await seconds()
            reading.cancel()
            assert in_flood < 3 * in_silence + 0.5, (in_flood, in_silence)
            await typist.type("\x03")
            await typist.until(PROMPT)

    asyncio.run(asyncio.wait_for(look(), 300))


@pytest.mark.usefixtures("lab")
def test_a_console_over_another_server_process_than_the_agents(
    product: Product, tmp_path: Path
) -> None:
    """Two processes on one Redis: both see the same, and what is typed at either arrives."""
    var = tmp_path / "second"
    var.mkdir()
    with Second(product, var, tmp_path / "second.log") as second:
        here, lab = signed_in(product)
        there, _ = signed_in(product, second.url)

        async def look() -> None:
            async with console(there, lab, "noisy") as far, console(here, lab, "noisy") as near:
                await asyncio.gather(far.until(PROMPT), near.until(PROMPT))
                await far.type("echo typed $((40 + 2)) far\n")
                await asyncio.gather(far.until("typed 42 far"), near.until("typed 42 far"))
                await near.type("echo typed $((40 + 3)) near\n")
                await asyncio.gather(far.until("typed 43 near"), near.until("typed 43 near"))
                await far.type("yes 0123456789abcdef\n")
                while far.received < 64 * 1024:
                    await far.hear()
                await far.type("\x03")
                await far.until(PROMPT)

        asyncio.run(asyncio.wait_for(look(), 300))


class Second(Web):
    """Another process of the product's server: its own address, the same database and Redis."""

    def __init__(self, product: Product, var: Path, log: Path) -> None:
        super().__init__(var, log, product.up.redis, product.up.web.port + 1)
        self._first = product.up.web

    def environment(self) -> dict[str, str]:
        return dict(self._first.environment())
