"""The guest boots under libvirt, takes addresses from its command line, answers, powers off."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks import guest
from tasks.sandbox import Hypervisor, Sandbox

pytestmark = [pytest.mark.kernel, pytest.mark.libvirt]

_BOOT_DEADLINE = 90.0  # s; about 4 s alone on two cores
_DIRECT = """<os><type arch='x86_64'>hvm</type><kernel>{images}/{kernel}</kernel>
<initrd>{images}/{initrd}</initrd><cmdline>{cmdline}</cmdline></os>"""
_FROM_DISK = "<os><type arch='x86_64'>hvm</type></os>"
_DISK = """<disk type='file'><driver name='qemu' type='qcow2'/>
<source file='{images}/{disk}'/><target dev='vda' bus='virtio'/></disk>"""
_DOMAIN = """<domain type='qemu'><name>{name}</name><memory unit='MiB'>128</memory>{os}
<features><acpi/></features><devices>{devices}
<serial type='file'><source path='{log}'/></serial></devices></domain>"""
_AGENT = """<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"""
_NIC = """<interface type='bridge'><source bridge='{bridge}'/><mac address='{mac}'/>
<model type='{model}'/></interface>"""


@pytest.fixture(scope="module")
def hypervisor(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Hypervisor]:
    folder = tmp_path_factory.mktemp("guest")
    with Sandbox(folder, ["hv1"], images=images) as sandbox:
        one = sandbox["hv1"]
        for bridge, address in (("br0", "10.9.0.1/24"), ("br1", "fd00:9::1/64")):
            one.do(["ip", "link", "add", bridge, "type", "bridge"])
            one.do(["ip", "address", "add", address, "dev", bridge, "nodad"])
            one.do(["ip", "link", "set", bridge, "up"])
        yield one


def _create(hypervisor: Hypervisor, name: str, os: str, devices: str) -> Path:
    log = hypervisor.state_dir / f"{name}.log"
    domain = _DOMAIN.format(name=name, os=os, devices=devices, log=log)
    hypervisor.do(["virsh", "create", "/dev/stdin"], stdin=domain)
    return log


def _until(found: Callable[[], Any], what: str, seconds: float = _BOOT_DEADLINE) -> Any:
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return answer


def _is_up(log: Path) -> bool:
    return log.exists() and b"tiny: up" in log.read_bytes()


def _get(hypervisor: Hypervisor, url: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(hypervisor.do(["curl", "-s", "-g", "-m", "10", url]))
    return answer


def _ping(hypervisor: Hypervisor, guest_address: str, address: str) -> dict[str, Any]:
    query = urllib.parse.quote(address, safe=":./")
    return _get(hypervisor, f"http://{guest_address}/cgi-bin/ping?{query}")


def test_direct_kernel_boot_with_three_nics_of_three_models(hypervisor: Hypervisor) -> None:
    macs = ["52:54:00:00:00:0a", "52:54:00:00:00:0b", "52:54:00:00:00:0c"]
    devices = "".join(
        _NIC.format(bridge=bridge, mac=mac, model=model)
        for bridge, mac, model in zip(
            ("br0", "br1", "br1"), macs, ("e1000", "virtio", "rtl8139"), strict=True
        )
    )
    # eth2 is told by its MAC; the other two follow in the order of their slots.
    cmdline = (
        f"{guest.CMDLINE} hostname=three eth0=10.9.0.2/24 gw=10.9.0.1 eth1=fd00:9::2/64 "
        f"eth2.mac={macs[2].upper()} eth2.mtu=1400 eth2=10.8.0.2/16"
    )
    os = _DIRECT.format(
        images=hypervisor.images_dir, kernel=guest.KERNEL, initrd=guest.INITRD, cmdline=cmdline
    )
    log = _create(hypervisor, "three", os, devices + _AGENT)
    _until(lambda: _is_up(log), "the guest says that it is up")

    info = _get(hypervisor, "http://10.9.0.2/cgi-bin/info")
    assert info["hostname"] == "three"
    assert 0 < info["uptime_s"] < _BOOT_DEADLINE
    nics = {nic["name"]: nic for nic in info["interfaces"]}
    assert [nics[f"eth{n}"]["mac"] for n in range(3)] == macs
    assert [nics[f"eth{n}"]["driver"] for n in range(3)] == ["e1000", "virtio_net", "8139cp"]
    assert "10.9.0.2/24" in nics["eth0"]["addresses"]
    assert "fd00:9::2/64" in nics["eth1"]["addresses"]
    assert "10.8.0.2/16" in nics["eth2"]["addresses"]
    assert [nics[f"eth{n}"]["mtu"] for n in range(3)] == [1500, 1500, 1400]

    for address, reached in (("10.9.0.1", 1), ("fd00:9::1", 1), ("10.9.0.77", 0)):
        answer = _ping(hypervisor, "10.9.0.2", address)
        assert (answer["address"], answer["received"]) == (address, reached)
        assert 1 <= answer["sent"] <= 3
        assert (answer["rtt_ms"] is not None) == bool(reached)
    assert _ping(hypervisor, "[fd00:9::2]", "10.9.0.1")["received"] == 1
    assert "error" in _ping(hypervisor, "10.9.0.2", "$(reboot)")

    asked = ["virsh", "qemu-agent-command", "three", '{"execute": "guest-info"}']
    _until(lambda: hypervisor.run(asked, capture_output=True).returncode == 0, "its agent answers")
    commands = json.loads(hypervisor.do(asked))["return"]["supported_commands"]
    assert {"name": "guest-exec", "enabled": True, "success-response": True} in commands

    hypervisor.do(["virsh", "shutdown", "three"])
    _until(
        lambda: "three" not in hypervisor.do(["virsh", "list", "--name"]).split(),
        "the guest powers off when its power button is pressed",
    )


def test_the_disk_boots_by_itself_and_asks_for_a_lease(hypervisor: Hypervisor) -> None:
    devices = _DISK.format(images=hypervisor.images_dir, disk=guest.DISK) + _NIC.format(
        bridge="br0", mac="52:54:00:00:00:0d", model="virtio"
    )
    leases = hypervisor.state_dir / "leases"
    dhcp = hypervisor.popen(
        ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=br0",
         "--bind-interfaces", "--dhcp-range=10.9.0.100,10.9.0.100", "--user=root",
         f"--dhcp-leasefile={leases}", "--pid-file=", "--log-facility=/dev/null"]
    )  # fmt: skip
    try:
        log = _create(hypervisor, "disk", _FROM_DISK, devices)
        _until(lambda: _is_up(log), "the guest says that it is up")
        _until(lambda: "52:54:00:00:00:0d" in leases.read_text(), "the guest takes a lease")
        ping = ["ping", "-c", "1", "-W", "1", "10.9.0.100"]
        _until(lambda: hypervisor.run(ping, capture_output=True).returncode == 0, "it answers")
        info = _get(hypervisor, "http://10.9.0.100/cgi-bin/info")
        assert [nic["addresses"][0] for nic in info["interfaces"]] == ["10.9.0.100/24"]
    finally:
        dhcp.terminate()
        dhcp.wait(timeout=10)
    hypervisor.do(["virsh", "shutdown", "disk"])
    _until(lambda: "disk" not in hypervisor.do(["virsh", "list", "--name"]).split(), "power off")
