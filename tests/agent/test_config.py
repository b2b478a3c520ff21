"""Configuration, credential, locks and the command line: errors that say who must do what."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from designer.machine.state import Inventory, NicFacts
from designer.wire.agent import Enrol
from tasks.agent import config, credential
from tasks.agent.__main__ import main
from tasks.agent.enrol import enrol
from tasks.agent.errors import AlreadyRunning, ConfigError, CredentialError, EnrolError
from tasks.agent.locks import FileLock, only_agent

WHOLE = """\
name: hv1
state_dir: /var/lib/trunkline
images_dir: /srv/images
protected_nics: [eth0]
libvirt_uri: qemu:///system
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "agent.yaml"
    path.write_text(text)
    return path


def test_a_whole_configuration(tmp_path: Path) -> None:
    assert config.load(write(tmp_path, WHOLE)) == config.Config(
        name="hv1",
        state_dir=Path("/var/lib/trunkline"),
        images_dir=Path("/srv/images"),
        protected_nics=("eth0",),
        libvirt_uri="qemu:///system",
    )


def test_what_may_be_left_out(tmp_path: Path) -> None:
    settings = config.load(write(tmp_path, "name: hv1\nstate_dir: /s\n"))
    assert settings.images_dir == Path("/s/images")
    assert settings.protected_nics == ()
    assert settings.libvirt_uri == "qemu:///system"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- hv1", "must be a mapping with the keys name, state_dir"),
        ("name: [", "is not YAML"),
        ("name: hv1", "state_dir: is missing"),
        ("state_dir: /s", "name: is missing"),
        ("name: hv1\nstate_dir: /s\nprotected_nic: [eth0]", "did you mean protected_nics?"),
        ("name: hv1\nstate_dir: /s\ncolour: red", "colour: unknown key, known are name"),
        ("name: 7\nstate_dir: /s", "name: 7 must be text"),
        ("name: a/b\nstate_dir: /s", "name: 'a/b' must be 1 to 63 letters"),
        ("name: hv1\nstate_dir: var", "state_dir: 'var' must be an absolute path"),
        ("name: hv1\nstate_dir: /s\nprotected_nics: eth0", "must be a list of interface names"),
        ("name: hv1\nstate_dir: /s\nprotected_nics: [a b]", "'a b' is no interface name"),
        ("name: hv1\nstate_dir: /s\nprotected_nics: [a2345678901234567]", "at most 15 bytes"),
    ],
)
def test_a_wrong_configuration_names_file_key_and_what_would_be_right(
    tmp_path: Path, text: str, words: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


def test_a_missing_configuration_and_a_missing_credential_end_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--config", str(tmp_path / "none")]) == 1
    assert "cannot be read: No such file" in capsys.readouterr().err
    path = write(tmp_path, f'name: hv1\nstate_dir: {tmp_path}\nlibvirt_uri: ""\n')
    assert main(["run", "--config", str(path)]) == 1
    assert "is not enrolled. Run `python -m tasks.agent enrol`" in capsys.readouterr().err


MINE = credential.Credential(
    hypervisor="id-1", name="hv1", controller="https://t.example/base", secret="s3cret",
    broker="redis://u:s3cret@b/0",
)  # fmt: skip


def test_the_credential_is_its_owners_alone(tmp_path: Path) -> None:
    path = credential.save(MINE, tmp_path / "state")
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert credential.load(tmp_path / "state") == MINE
    assert MINE.websocket == "wss://t.example/base/agent/ws"
    assert MINE.bearer == "Bearer id-1.s3cret"
    assert "s3cret" not in repr(MINE)


def test_a_credential_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    credential.save(MINE, tmp_path).chmod(0o640)
    with pytest.raises(CredentialError, match=r"others may read or write it \(mode 0640"):
        credential.load(tmp_path)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"hypervisor": "x"}'])
def test_a_damaged_credential_says_so(tmp_path: Path, content: str) -> None:
    path = credential.path_in(tmp_path)
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(CredentialError, match="is damaged"):
        credential.load(tmp_path)


def test_a_lock_names_its_holder_and_ends_with_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sys, time; from pathlib import Path; from tasks.agent.locks import FileLock\n"
            "lock = FileLock(Path(sys.argv[1])); lock.take(); print(flush=True); time.sleep(60)",
            str(tmp_path / "lock"),
        ],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(AlreadyRunning, match=f"is held by process {holder.pid}"):
            FileLock(tmp_path / "lock").take()
        holder.kill()
    with FileLock(tmp_path / "lock"):
        pass


def test_one_agent_in_a_state_folder_and_one_in_a_network(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with only_agent(tmp_path):
        with (
            pytest.raises(AlreadyRunning, match="works in this state folder"),
            only_agent(tmp_path),
        ):
            pass
        with (
            pytest.raises(AlreadyRunning, match="works on this hypervisor's network"),
            only_agent(tmp_path / "other"),
        ):
            pass
    with only_agent(tmp_path):
        pass


INVENTORY = Inventory(
    name="hv1",
    features={"bridge": True},
    nics=(NicFacts(name="eth1", mac="02:00:00:00:00:01", mtu=1500, up=True),),
)


class Enrolling(BaseHTTPRequestHandler):
    answer: tuple[int, Any] = (200, {})
    asked: Enrol | None = None

    def do_POST(self) -> None:
        assert self.path == "/agent/enrol"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).asked = Enrol.model_validate_json(body)
        status, document = self.answer
        text = json.dumps(document).encode() if not isinstance(document, bytes) else document
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Enrolling)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_enrolment_trades_token_and_inventory_for_a_credential(url: str) -> None:
    Enrolling.answer = (
        200,
        {"hypervisor": "id-1", "name": "hv1", "secret": "s", "broker": "redis://b/0"},
    )
    mine = enrol(url + "/", "one-time-token", INVENTORY)
    assert mine == credential.Credential(
        hypervisor="id-1", name="hv1", controller=url, secret="s", broker="redis://b/0"
    )
    assert Enrolling.asked is not None
    assert Enrolling.asked.token == "one-time-token"
    assert Enrolling.asked.inventory == INVENTORY


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((403, {"message": "The token was used already."}), "HTTP 403): The token was used"),
        ((500, b"<h1>oops</h1>"), "HTTP 500): <h1>oops"),
        ((200, b"<h1>hello</h1>"), "something else than a credential"),
        ((200, {"hypervisor": "id-1"}), "something else than a credential"),
    ],
)
def test_a_refused_enrolment_has_the_controllers_words(
    url: str, answer: tuple[int, Any], words: str
) -> None:
    Enrolling.answer = answer
    with pytest.raises(EnrolError) as caught:
        enrol(url, "one-time-token", INVENTORY)
    assert words in str(caught.value)


def test_a_wrong_address_of_the_controller() -> None:
    with pytest.raises(EnrolError, match="must be like https://"):
        enrol("file:///etc/passwd", "one-time-token", INVENTORY)
    with pytest.raises(EnrolError, match="cannot be reached"):
        enrol("http://127.0.0.1:1", "one-time-token", INVENTORY)
