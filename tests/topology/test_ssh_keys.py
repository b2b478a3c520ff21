"""SSH public keys: those that ssh-keygen makes are taken, and nothing else is."""

from __future__ import annotations

import base64

import pytest

from designer.topology import ssh_keys
from designer.topology.kinds import Vm
from tests.topology.strategies import SSH_KEYS

ED25519 = SSH_KEYS[0]
BLOB = ED25519.split()[1]


@pytest.mark.parametrize("key", [*SSH_KEYS, f"ssh-ed25519 {BLOB}", f"  {ED25519} of the lab  "])
def test_taken(key: str) -> None:
    assert ssh_keys.read(key) == key.strip()


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "no SSH public key"),
        (f"{ED25519}\n{ED25519}", "no SSH public key"),
        (f"{ED25519}\n", "no SSH public key"),
        (f'command="reboot" {ED25519}', "no SSH public key"),
        (f"no-pty {ED25519}", "no SSH public key"),
        (f"ssh-dss {BLOB}", "no SSH public key"),
        (f"ssh-ed25519 {BLOB}\tann", "no SSH public key"),
        (f"ssh-ed25519 {BLOB} ünï", "no SSH public key"),
        (f"ssh-ed25519 {BLOB[:-3]}", "cut off"),
        (f"ssh-ed25519 {BLOB[:-4]}", "cut off"),
        (f"ssh-rsa {BLOB}", "of another type"),
        (f"ssh-ed25519 {base64.b64encode(b'hello').decode()}", "cut off"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
        (f"ssh-ed25519 {'A' * 9000}", "no SSH public key"),
    ],
)
def test_refused(key: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ssh_keys.read(key)


def test_a_key_stands_in_the_list_once_whatever_its_comment() -> None:
    values = {"host": "h1", "ssh_keys": [ED25519, f"ssh-ed25519 {BLOB} again"]}
    _, (problem,) = Vm.read("vm1", values, "nodes", "vm1")
    assert (problem.code, problem.pointer) == ("duplicate", "/nodes/vm1/ssh_keys")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user", "root"),
        ("user", "Ann"),
        ("user", "a b"),
        ("user", "ann\n"),
        ("user", "a:b"),
        ("hostname", "-web"),
        ("hostname", "web_1"),
        ("hostname", "a" * 65),
        ("hostname", "web\n"),
        ("dns", ["10.0.0.1/24"]),
        ("dns", ["10.0.0.1", "10.0.0.1"]),
        ("disk_size", 0),
    ],
)
def test_no_such_user_host_or_server(field: str, value: object) -> None:
    _, (problem,) = Vm.read("vm1", {"host": "h1", field: value}, "nodes", "vm1")
    assert problem.pointer == f"/nodes/vm1/{field}"
