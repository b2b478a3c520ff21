"""Shares: taken when a deployment starts, given back with what needed them; who may fetch what;
and the figures that people see."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import AsyncClient, Client
from django.utils import timezone

from designer.api import agent_images
from designer.deploy import copies, shares
from designer.deploy.actions.start_deployment import start_deployment
from designer.deploy.errors import NotDeployable
from designer.deploy.models import Share
from designer.images import storage
from designer.images.actions.delete_image import delete_image
from designer.images.models import Image
from designer.labs.actions.replace_document import replace_document
from designer.labs.errors import Refused
from designer.labs.models import Lab, Quota, Team, User
from designer.rules.loads import NOTHING, Load
from tests.deploy.test_races import VMS
from tests.deploy.world import FakeAgent, make_lab, now
from tests.people import Browser

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

DISK = VMS.replace("kernel: vmlinuz", "disk: debian.qcow2")
CONTENT = bytes(range(256)) * 20_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> None:
    settings.IMAGES_DIR = tmp_path / "library"


@pytest.fixture
def image(team: Team) -> Image:
    storage.content(SHA256).write_bytes(CONTENT)
    return Image.objects.create(
        team=team,
        name="debian.qcow2",
        role="disk",
        format="qcow2",
        size=len(CONTENT),
        virtual_size=2 << 30,
        sha256=SHA256,
        at=timezone.now(),
    )


@pytest.fixture
def vms(team: Team, image: Image) -> Lab:
    return make_lab(team, DISK, "VMs")


def done(agent: FakeAgent, lab: Lab, kind: str = "deploy", outcome: str = "applied") -> None:
    deployment = start_deployment(lab, None, kind=kind)
    agent.plan(deployment)
    agent.finish(deployment, outcome)
    if outcome != "applied":
        assert now(deployment).state == "failed"


def edit(lab: Lab, text: str) -> None:
    lab.refresh_from_db()
    replace_document(lab, author=None, text=text, base=lab.revision)


def test_a_share_lives_as_long_as_what_needs_it(hv1: FakeAgent, vms: Lab, team: Team) -> None:
    done(hv1, vms)
    one = Load(vms=1, vcpus=3, memory=1000, disk=2 << 30)
    assert shares.used_by_team(team) == shares.claimed_on(hv1.hypervisor) == one
    edit(vms, DISK.replace("memory: 1000", "memory: 500").replace("vcpus: 3", "vcpus: 4"))
    deployment = start_deployment(vms, None, kind="deploy")
    both = Load(vms=1, vcpus=4, memory=1000, disk=2 << 30)
    assert shares.used_by_team(team) == both
    hv1.plan(deployment)
    hv1.finish(deployment)
    assert shares.used_by_team(team) == Load(vms=1, vcpus=4, memory=500, disk=2 << 30)
    done(hv1, vms, "destroy")
    assert shares.used_by_team(team) == NOTHING
    assert not Share.objects.exists()


def test_a_deployment_that_comes_to_nothing_gives_back_what_it_took(
    hv1: FakeAgent, vms: Lab, team: Team
) -> None:
    done(hv1, vms, outcome="undone")
    assert not Share.objects.exists()
    done(hv1, vms)
    before = shares.used_by_team(team)
    edit(vms, DISK.replace("vcpus: 3", "vcpus: 4"))
    done(hv1, vms, outcome="undone")
    assert shares.used_by_team(team) == before


def test_what_does_not_fit_is_refused_with_the_figures(
    hv1: FakeAgent, vms: Lab, team: Team, sent: list[Any]
) -> None:
    Quota.objects.create(team=team, vcpus=5)
    done(hv1, vms)
    sent.clear()
    other = make_lab(team, DISK, "Other")
    with pytest.raises(NotDeployable) as refused:
        start_deployment(other, None, kind="deploy")
    [finding] = [one for one in refused.value.findings if one["severity"] == "error"]
    assert finding["message"] == (
        "The lab needs 3 vCPUs; the team's quota is 5 vCPUs, of which 3 vCPUs are in use by VMs."
    )
    assert sent == []
    assert Share.objects.count() == 1
    done(hv1, vms)  # one's own share is no obstacle


def test_the_figures_in_the_browser(
    hv1: FakeAgent, vms: Lab, team: Team, alice: User, charlie: User, image: Image
) -> None:
    done(hv1, vms)
    [mine] = Browser(alice).get("/api/usage")
    assert mine["vcpus"] == {"used": 3, "limit": 400}
    assert mine["images"] == {"used": len(CONTENT), "limit": 200 << 30}
    [theirs] = Browser(charlie).get("/api/usage")
    assert (theirs["name"], theirs["vcpus"]["used"], theirs["images"]["used"]) == ("Others", 0, 0)
    [machine] = Browser(charlie).get("/api/hypervisors")
    assert machine["claimed"] == {"vms": 1, "vcpus": 3, "memory": 1000, "disk": 2 << 30}
    [one] = Browser(alice).get("/api/images")
    assert one["labs"] == ["VMs"]
    assert [choice["name"] for choice in Browser(alice).get(f"/api/labs/{vms.pk}/images")] == [
        "debian.qcow2"
    ]


def test_another_teams_image_is_missing(hv1: FakeAgent, other_team: Team, image: Image) -> None:
    lab = make_lab(other_team, DISK, "Theirs")
    with pytest.raises(NotDeployable) as refused:
        start_deployment(lab, None, kind="deploy")
    lost = make_lab(other_team, DISK.replace("debian", "nothing"), "Lost")
    with pytest.raises(NotDeployable) as none:
        start_deployment(lost, None, kind="deploy")
    messages = [one.value.findings[0]["message"] for one in (refused, none)]
    assert messages[0] == messages[1].replace("nothing", "debian")


def test_an_image_that_is_deployed_stays(hv1: FakeAgent, vms: Lab, image: Image) -> None:
    done(hv1, vms)
    edit(vms, VMS)  # drawn without it by now
    with pytest.raises(Refused, match=r"A lab uses debian\.qcow2: VMs"):
        delete_image(image, None)
    assert copies.labs_that_stand(image) == ["VMs"]
    done(hv1, vms, "destroy")
    assert copies.labs_that_stand(image) == []


# What agents may fetch


def fetch(agent: FakeAgent, sha256: str = SHA256, secret: str = "", **headers: str) -> Any:
    credential = f"Bearer {agent.hypervisor.pk}.{secret or agent.secret}"

    async def ask() -> Any:
        answer: Any = await AsyncClient().get(
            f"/agent/images/{sha256}", headers={"Authorization": credential, **headers}
        )
        if answer.streaming:
            pieces = [piece async for piece in answer.streaming_content]
            return answer.status_code, b"".join(pieces), answer
        return answer.status_code, answer.content, answer

    return asyncio.run(ask())


@pytest.mark.django_db(transaction=True)
def test_an_agent_gets_what_its_job_names_and_nothing_else(
    hv1: FakeAgent, hv2: FakeAgent, vms: Lab, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_images, "STEP", 100_000)
    assert fetch(hv1)[0] == 404
    deployment = start_deployment(vms, None, kind="deploy")
    hv1.plan(deployment)
    status, body, answer = fetch(hv1)
    assert (status, body) == (200, CONTENT)
    assert answer["Content-Length"] == str(len(CONTENT))
    status, body, answer = fetch(hv1, Range="bytes=5000000-")
    assert (status, body) == (206, CONTENT[5_000_000:])
    assert answer["Content-Range"] == f"bytes 5000000-{len(CONTENT) - 1}/{len(CONTENT)}"
    for wrong in ("bytes=-5", f"bytes={len(CONTENT)}-", "bytes=0-1,3-4", "lines=1-"):
        assert fetch(hv1, Range=wrong)[0] == 416
    assert fetch(hv2)[0] == 404  # nobody asks anything of it
    assert fetch(hv1, secret="0" * 64)[0] == 401
    assert fetch(hv1, "0" * 64)[0] == fetch(hv1, "nonsense")[0] == 404
    storage.content(SHA256).unlink()
    assert fetch(hv1)[0] == 410
    hv1.finish(deployment)
    assert fetch(hv1)[0] == 404  # the job is over


def test_an_agent_hears_which_of_its_copies_are_known(hv1: FakeAgent, image: Image) -> None:
    def ask(body: Any, secret: str = "") -> Any:
        credential = f"Bearer {hv1.hypervisor.pk}.{secret or hv1.secret}"
        return Client(enforce_csrf_checks=True).post(
            "/agent/images/known",
            body,
            content_type="application/json",
            headers={"Authorization": credential},
        )

    assert ask([SHA256, "0" * 64, 5]).json() == [SHA256]
    assert ask({"a": 1}).status_code == 422
    assert ask([SHA256], secret="x").status_code == 401
