"""Serial ports and screens of real VMs."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Callable, Iterator

import libvirt
import pytest

from tasks.drivers.consoles import CannotOpen, Console, Ended
from tasks.drivers.libvirt_ import Libvirt
from tasks.drivers.libvirt_.console_log import KEPT
from tasks.sandbox import Hypervisor
from tests.drivers.libvirt.bench import LAB, MARK, Bench, create, delete, eventually, vm

pytestmark = pytest.mark.libvirt

NAME = f"{LAB}-console"
BOOT = 120.0
"""Seconds; about 8 alone on two cores."""


@pytest.fixture(scope="module")
def booted(hypervisor: Hypervisor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A VM that nobody watched while it booted."""
    driver = Libvirt(
        hypervisor.libvirt_uri_outside,
        hypervisor.images_dir,
        tmp_path_factory.mktemp("state"),
        sysfs=hypervisor.root_path / "sys",
    )
    bench = Bench(hypervisor, driver)
    domain = vm("console", nics=(), graphics="vnc")
    driver.perform(create(domain), MARK)
    eventually(lambda: "/ # " in bench.console(NAME), within=BOOT)  # a shell's prompt
    yield bench
    driver.perform(delete(domain), MARK)
    driver.close()


@pytest.fixture
def serial(booted: Bench) -> Iterator[Console]:
    console = booted.driver.consoles.serial(LAB, NAME)
    yield console
    console.close()


def heard(console: Console, until: str, within: float = 30) -> str:
    """What is said until this comes."""
    said, deadline = b"", time.monotonic() + within
    while until.encode() not in said:
        assert time.monotonic() < deadline, said[-500:].decode(errors="replace")
        _, data = console.read(64 * 1024)
        said += data
        if not data:
            select.select([console.fileno()], [], [], 0.1)
    return said.decode(errors="replace")


def type_in(console: Console, text: str) -> None:
    left = text.encode()
    deadline = time.monotonic() + 30
    while left:
        left = left[console.write(left) :]
        assert time.monotonic() < deadline


def test_who_comes_late_sees_what_was_said_before(booted: Bench, serial: Console) -> None:
    type_in(serial, "echo said $((4 + 5)) before\n")
    heard(serial, "said 9 before")
    late = booted.driver.consoles.serial(LAB, NAME)
    try:
        heard(late, "said 9 before")
    finally:
        late.close()


def test_what_is_typed_is_done(serial: Console) -> None:
    type_in(serial, "echo the answer is $((6 * 7))\n")
    heard(serial, "the answer is 42\r\n")


def test_two_share_the_port(booted: Bench, serial: Console) -> None:
    other = booted.driver.consoles.serial(LAB, NAME)
    try:
        type_in(serial, "echo first $((1 + 1))\n")
        heard(other, "first 2")
        type_in(other, "echo second $((2 + 2))\n")
        heard(serial, "second 4")
    finally:
        other.close()
    type_in(serial, "echo still $((3 + 3))\n")
    heard(serial, "still 6")


def test_another_program_has_the_port_until_it_is_taken_from_it(booted: Bench) -> None:
    theirs = libvirt.open(booted.hypervisor.libvirt_uri_outside)
    stream = theirs.newStream(libvirt.VIR_STREAM_NONBLOCK)
    theirs.lookupByName(NAME).openConsole(None, stream, libvirt.VIR_DOMAIN_CONSOLE_SAFE)
    try:
        with pytest.raises(CannotOpen) as refused:
            booted.driver.consoles.serial(LAB, NAME)
        assert refused.value.reason == "busy"
        taken = booted.driver.consoles.serial(LAB, NAME, force=True)
        type_in(taken, "echo taken $((5 + 5))\n")
        heard(taken, "taken 10")
        taken.close()
    finally:
        with contextlib.suppress(libvirt.libvirtError):  # it is libvirt that has ended it
            stream.abort()
        theirs.close()


@pytest.fixture
def flood(booted: Bench) -> Iterator[None]:
    """The guest writes without end; it is a shell again afterwards, whatever came of the test."""
    serial = booted.driver.consoles.serial(LAB, NAME)
    type_in(serial, "echo go; yes\n")
    heard(serial, "y\r\ny\r\n")
    serial.close()
    yield
    again = booted.driver.consoles.serial(LAB, NAME)
    type_in(again, "\x03")
    type_in(again, "echo over $((7 + 7))\n")
    heard(again, "over 14")
    again.close()


def test_a_guest_that_writes_without_end_is_not_slowed_by_who_does_not_read(
    booted: Bench, flood: None
) -> None:
    """As much comes out of it in a second whether the console is open and unread, or closed. Other
    work may take any second of it; one that is slowed by the reader would be so each time."""
    log = booted.driver.disks.console(NAME)

    def written() -> int:
        return sum(path.stat().st_size for path in log.parent.glob(f"{log.name}*"))

    def in_a_second() -> int:
        before = written()
        time.sleep(1)  # the span of the measurement
        return written() - before

    seen = []
    for _ in range(10):
        serial = booted.driver.consoles.serial(LAB, NAME)
        unread = in_a_second()
        began = time.monotonic()
        skipped, data = serial.read(1024 * 1024)
        assert time.monotonic() - began < 5, "catching up costs nothing"
        assert len(data) <= KEPT if skipped else data
        serial.close()
        closed = in_a_second()
        seen.append((unread, closed))
        if closed and unread > closed / 2:
            break
    else:
        pytest.fail(f"bytes in a second, unread and closed: {seen}")


def test_a_screen_speaks_rfb_and_wants_no_password(booted: Bench) -> None:
    screen = booted.driver.consoles.graphics(LAB, NAME)
    try:
        assert heard(screen, "\n") == "RFB 003.008\n"
        type_in(screen, "RFB 003.008\n")
        assert heard(screen, "\x01\x01") == "\x01\x01"  # one security type: none (RFC 6143, 7.1.2)
    finally:
        screen.close()


def refusal(what: Callable[[], Console]) -> CannotOpen:
    with pytest.raises(CannotOpen) as error:
        what()
    return error.value


def test_another_labs_vm_is_as_one_that_is_not_there(booted: Bench) -> None:
    consoles = booted.driver.consoles
    assert refusal(lambda: consoles.serial("otherlab", NAME)).reason == "missing"
    assert refusal(lambda: consoles.graphics("otherlab", NAME)).reason == "missing"
    assert refusal(lambda: consoles.serial(LAB, f"{LAB}-none")).reason == "missing"


def test_a_vm_goes_off_and_comes_back(booted: Bench) -> None:
    domain = vm("off", nics=(), cmdline="console=ttyS0")  # says much
    booted.driver.perform(create(domain), MARK)
    console = booted.driver.consoles.serial(LAB, domain.name)
    eventually(lambda: console.read(1024)[1])
    booted.virsh("destroy", domain.name)

    def ended() -> bool:
        try:
            console.read(64 * 1024)
        except Ended:
            return True
        return False

    eventually(ended)
    console.close()
    assert refusal(lambda: booted.driver.consoles.serial(LAB, domain.name)).reason == "off"
    without = refusal(lambda: booted.driver.consoles.graphics(LAB, domain.name))
    assert without.reason in {"off", "missing"}
    booted.virsh("start", domain.name)
    again = booted.driver.consoles.serial(LAB, domain.name)
    eventually(lambda: again.read(1024)[1])
    again.close()
    booted.driver.perform(delete(domain), MARK)
