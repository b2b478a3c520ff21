"""Programs in VMs by their guest agent, on a real libvirtd with the tiny guest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from designer.machine.resources import Domain
from designer.wire import agent as wire
from tasks import guest
from tasks.agent.reach import Reach
from tasks.drivers.libvirt_ import Libvirt
from tasks.drivers.libvirt_.guests import Ended, Guests
from tasks.drivers.reach import CannotTry
from tasks.sandbox import Hypervisor
from tests.agent.reach.places import Places, spec
from tests.drivers.libvirt.bench import LAB, MARK, Bench, change, create, delete, eventually, vm

pytestmark = pytest.mark.libvirt
T = TypeVar("T")
BOOT = 120.0
"""Seconds; about 8 alone on two cores."""


@pytest.fixture(scope="module")
def booted(hypervisor: Hypervisor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A VM whose guest agent answers."""
    driver = Libvirt(
        hypervisor.libvirt_uri_outside,
        hypervisor.images_dir,
        tmp_path_factory.mktemp("state"),
        sysfs=hypervisor.root_path / "sys",
    )
    domain = vm("agent", cmdline=f"{guest.CMDLINE} eth0=10.9.0.2/24 eth0=fd00:9::2/64")
    for address in ("10.9.0.1/24", "fd00:9::1/64"):
        hypervisor.in_network(["ip", "address", "replace", address, "dev", "br0", "nodad"])
    driver.perform(create(domain), MARK)
    refused: list[CannotTry] = []

    def answers() -> bool:
        try:
            driver.guests.begin(LAB, domain.name, ["true"])
        except CannotTry as error:
            refused.append(error)
            return False
        return True

    eventually(answers, within=BOOT)
    assert "install and start qemu-guest-agent in it" in refused[0].words  # while it booted
    assert all(one.passing for one in refused)
    yield Bench(hypervisor, driver)
    driver.perform(delete(domain), MARK)
    driver.close()


@pytest.fixture
def guests(booted: Bench) -> Guests:
    return booted.driver.guests


NAME = f"{LAB}-agent"


def over(guests: Guests, number: int) -> Ended:
    found: list[Ended] = []

    def look() -> bool:
        ended = guests.ended(LAB, NAME, number)
        found.extend([ended] if ended else [])
        return bool(found)

    eventually(look)
    return found[0]


@pytest.mark.parametrize(
    ("address", "status"), [("10.9.0.1", 0), ("fd00:9::1", 0), ("10.9.0.77", 1), ("10.7.0.1", 1)]
)
def test_a_guest_pings(guests: Guests, address: str, status: int) -> None:
    ended = over(guests, guests.begin(LAB, NAME, ["ping", "-c", "1", "-W", "1", address]))
    assert ended.status == status
    assert ("time=" in ended.output) is (status == 0)


def test_several_at_once(guests: Guests) -> None:
    numbers = [guests.begin(LAB, NAME, ["echo", str(one)]) for one in range(5)]
    assert [over(guests, one).output for one in numbers] == [f"{one}\n" for one in range(5)]


def test_what_still_runs_has_not_ended(guests: Guests) -> None:
    number = guests.begin(LAB, NAME, ["sleep", "2"])
    assert guests.ended(LAB, NAME, number) is None
    assert over(guests, number) == Ended(0, "")


def refusal(what: Callable[[], object]) -> CannotTry:
    with pytest.raises(CannotTry) as error:
        what()
    return error.value


def test_a_program_that_is_not_there(guests: Guests) -> None:
    error = refusal(lambda: guests.begin(LAB, NAME, ["no-such-program"]))
    assert "no program no-such-program in this VM" in error.words
    assert not error.passing


def test_a_number_that_nobody_has(guests: Guests) -> None:
    assert refusal(lambda: guests.ended(LAB, NAME, 99_999)).passing


def test_a_vm_that_is_not_there(guests: Guests) -> None:
    error = refusal(lambda: guests.begin(LAB, f"{LAB}-none", ["true"]))
    assert error.words == f"There is no VM {LAB}-none here: deploy the lab."


def test_another_labs_vm_is_left_alone(guests: Guests) -> None:
    error = refusal(lambda: guests.begin("otherlab", NAME, ["true"]))
    assert "does not carry this lab's mark" in error.words


def test_an_agents_checks_from_there(booted: Bench) -> None:
    """The whole way: the words of a real ping are understood."""
    places = Places()
    places.begin_in_guest = booted.driver.guests.begin  # type: ignore[method-assign]
    places.ended_in_guest = booted.driver.guests.ended  # type: ignore[method-assign, assignment]
    told: list[Any] = []
    reach = Reach(places, told.append)
    reach.start()
    try:
        checks = [
            spec(id, NAME, address, where="domain", expect=expect)
            for id, address, expect in (
                ("reached", "10.9.0.1", "reach"),
                ("reached6", "fd00:9::1", "reach"),
                ("apart", "10.9.0.77", "no-reach"),
                ("wrong", "10.9.0.1", "no-reach"),
            )
        ]
        reach.take(wire.Check(run="run", lab=LAB, checks=checks))
        eventually(lambda: told and told[-1]["complete"])
    finally:
        reach.stop()
    results = {one["id"]: one for event in told for one in event["results"]}
    states = {id: (one["state"], one["sent"], one["received"]) for id, one in results.items()}
    assert states["reached"][0] == states["reached6"][0] == "pass"
    assert states["apart"] == ("pass", 3, 0)
    assert states["wrong"][:2] == ("fail", 3)
    assert states["wrong"][2] >= 1
    assert results["reached"]["rtt_ms"] > 0
    assert results["reached6"]["rtt_ms"] > 0


def test_a_guest_sees_its_cable_pulled_and_plugged_in_again(booted: Bench, guests: Guests) -> None:
    def standing() -> Domain:
        return booted.driver.observe(LAB)[0]

    def carrier() -> str:
        number = guests.begin(LAB, NAME, ["cat", "/sys/class/net/eth0/carrier"])
        return over(guests, number).output.strip()

    def pings() -> bool:
        argv = ["ping", "-c1", "-W1", "10.9.0.2"]
        return booted.hypervisor.run(argv, capture_output=True).returncode == 0

    before = standing()
    assert (before.nics[0].plugged, carrier()) == (True, "1")
    eventually(pings)
    pulled = replace(before, nics=(replace(before.nics[0], plugged=False),))
    for _ in range(2):  # a second time changes nothing
        booted.driver.perform(change(before, pulled, "nics.plugged"), MARK)
        assert standing() == pulled
    eventually(lambda: carrier() == "0", within=20)
    assert not pings()
    assert "link state='down'" in booted.virsh("dumpxml", "--inactive", NAME)
    booted.driver.perform(change(pulled, before, "nics.plugged"), MARK)
    assert standing() == before
    eventually(lambda: carrier() == "1", within=20)
    eventually(pings)
