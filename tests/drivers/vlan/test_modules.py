"""Loading 8021q. Only a kernel in user mode is ours to unload it from first."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from designer.machine.resources import Module, Vlan
from tasks.drivers import OperationFailed
from tests.drivers.ground import LAB, Ground, create, until
from tests.drivers.vlan import user_mode
from tests.drivers.vlan.labs import card, parent

pytestmark = pytest.mark.kernel

MODULE = Module(name="8021q")


def is_loaded() -> bool:
    lines = Path("/proc/modules").read_text().splitlines()
    return any(line.startswith("8021q ") for line in lines)


def unload() -> None:
    if not user_mode.is_here():
        pytest.skip("this machine's own modules stay as they are")

    def gone() -> bool:  # the last test's sub-interfaces may still be cleared away
        subprocess.run(["modprobe", "-r", "8021q"], capture_output=True)
        return not is_loaded()

    until(gone)


def test_to_find_out_loads_nothing(ground: Ground) -> None:
    unload()
    found = ground.kernel.inventory()
    assert found.can("8021q")
    assert found.loadable == ("8021q",)
    assert found.can("vlan_filtering")  # the bridge's own, without the module
    assert MODULE.key not in ground.observe([MODULE.key]).resources
    assert not is_loaded()


def test_loaded_by_the_plan_and_left(ground: Ground) -> None:
    unload()
    card(ground)
    vlan = Vlan(name="eth1.10", device="eth1", vid=10, owner=LAB)
    operations = ground.deploy(vlan, parent(), MODULE)
    assert [one.key[0] for one in operations] == ["module", "parent", "link"]
    assert is_loaded()
    found = ground.kernel.inventory()
    assert (found.can("8021q"), found.loadable) == (True, ())
    assert ground.observe([MODULE.key]).resources[MODULE.key] == MODULE
    ground.deploy()
    assert is_loaded()
    ground.perform(create(MODULE))


def test_one_that_is_forbidden(ground: Ground) -> None:
    unload()
    forbids = Path("/etc/modprobe.d/test.conf")
    forbids.write_text("install 8021q /bin/false\n")
    try:
        assert not ground.kernel.inventory().can("8021q")
        assert ground.kernel.inventory().loadable == ()
        with pytest.raises(OperationFailed) as raised:
            ground.perform(create(MODULE))
    finally:
        forbids.unlink()
    assert "8021q" in raised.value.words
    assert not is_loaded()


def test_another_module_is_refused(ground: Ground) -> None:
    for name in ("dccp", "-r", "../x"):
        with pytest.raises(OperationFailed) as raised:
            ground.perform(create(Module(name=name)))
        assert "no kernel module that a lab needs" in raised.value.words
