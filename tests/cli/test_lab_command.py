"""``manage.py lab``: what it prints, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer import files
from designer.deploy.models import Deployment, Footprint
from designer.labs.actions.join_team import default_team
from designer.labs.models import Lab, Revision, Team
from tests.deploy.world import ONE_HOST, FakeAgent, make_lab, make_user

TWICE = ONE_HOST.replace("nodes:\n", "nodes:\n  br1: {kind: bridge, host: h1, name: br0}\n")
Run = Callable[..., Any]


def test_validate_needs_no_database(lab: Run, file: Run) -> None:
    done = lab("validate", file(ONE_HOST))
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("lab.yaml: One bridge: 3 nodes, 1 links\n")


def test_validate_names_the_place_of_each_problem(lab: Run, file: Run) -> None:
    path = file(ONE_HOST.replace("10.0.0.1/24", "10.0.0.1/33"))
    done = lab("validate", path)
    assert done.code == 2
    assert done.err.startswith(f"{path}: /interfaces/c1:eth0/addresses")
    done = lab("validate", path, "--json")
    assert done.json["code"] == "invalid"
    assert done.json["problems"][0]["pointer"].startswith("/interfaces/c1:eth0/addresses")


def test_validate_prints_findings_as_places(lab: Run, file: Run) -> None:
    path = file(TWICE)
    done = lab("validate", path)
    assert done.code == 3
    assert f"{path}: nodes/br1.name: " in done.err
    findings = lab("validate", path, "--json").json["findings"]
    assert [one["ref"] for one in findings if one["severity"] == "error"] == [
        "nodes/br0",
        "nodes/br1",
    ]


def test_a_file_that_is_not_there(lab: Run) -> None:
    done = lab("validate", "/nowhere/lab.yaml")
    assert (done.code, done.err.strip()) == (
        2,
        "/nowhere/lab.yaml: cannot be read: No such file or directory",
    )


def test_draw_makes_and_changes_a_lab_and_deploys_nothing(
    lab: Run, file: Run, agent: FakeAgent
) -> None:
    path = file(ONE_HOST)
    done = lab("draw", path)
    assert (done.code, done.out) == (0, "The lab 'One bridge' is made.\n")
    assert lab("draw", path).out == "The lab 'One bridge' is still at revision 0.\n"
    told = lab("draw", file(TWICE), "--json").json  # what cannot be deployed can be drawn
    made = Lab.objects.get()
    assert told == {"id": str(made.pk), "name": "One bridge", "revision": 1}
    assert "br1" in lab("export", "One bridge").out
    assert not Deployment.objects.exists()
    assert lab("draw", "/nowhere/lab.yaml").code == 2


def test_help_tells_what_the_exit_codes_mean() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "lab", "--help"], capture_output=True, text=True, check=True
    )
    assert "0  done, or nothing to do" in done.stdout
    assert "5  conflict" in done.stdout


def test_from_file_to_destroyed(lab: Run, file: Run, agent: FakeAgent, working: Run) -> None:
    with working(agent):
        deployed = lab("deploy", file(ONE_HOST), "--wait", "--timeout", "30")
        assert deployed.code == 0, deployed.err
        assert deployed.out == "One bridge: done\n"
        assert "The lab 'One bridge' is made." in deployed.err
        assert "hv1: applied" in deployed.err
        assert Footprint.objects.exists()

        again = lab("deploy", file(ONE_HOST), "--wait", "--json")
        assert again.json["state"] == "done"
        assert Lab.objects.count() == 1
        assert Revision.objects.count() == 1

        status = lab("status", "One bridge", "--json").json
        assert status["hypervisors"] == ["hv1"]
        assert "stands on hv1" in lab("status", "One bridge").out

        destroyed = lab("destroy", "One bridge", "--wait")
        assert (destroyed.code, destroyed.out) == (0, "One bridge: done\n")
        assert "is not deployed" in lab("status", "One bridge").out
    assert not Footprint.objects.exists()


def test_a_changed_file_is_a_new_revision(
    lab: Run, file: Run, agent: FakeAgent, working: Run
) -> None:
    with working(agent):
        lab("deploy", file(ONE_HOST), "--wait")
        done = lab("deploy", file(ONE_HOST.replace("10.0.0.1", "10.0.0.9")), "--wait")
    assert done.code == 0
    assert "The lab 'One bridge' is now at revision 1." in done.err


def test_plan_shows_every_operation_and_leaves_nothing(
    lab: Run, file: Run, agent: FakeAgent, working: Run
) -> None:
    with working(agent):
        done = lab("plan", file(ONE_HOST))
        assert done.code == 0, done.err
        assert "create link br0  (nodes/br0)" in done.out
        assert "     link//br0 is not there." in done.out
        assert "     $ ip link add br0" in done.out
        shown = lab("plan", file(ONE_HOST), "--json").json
    assert shown["state"] == "planned"
    assert shown["parts"][0]["operations"][0]["action"] == "create"
    assert not Lab.objects.exists()


def test_plan_of_a_lab_that_is_there_leaves_it_as_it_is(
    lab: Run, file: Run, agent: FakeAgent, working: Run
) -> None:
    made = make_lab(default_team())
    with working(agent):
        done = lab("plan", file(ONE_HOST.replace("10.0.0.1", "10.0.0.9")))
    assert done.code == 0
    assert "10.0.0.9/24" in done.out
    made.refresh_from_db()
    assert made.revision == 0


def test_no_agent_is_an_answer_in_time(lab: Run, file: Run, agent: FakeAgent) -> None:
    done = lab("deploy", file(ONE_HOST), "--wait", "--timeout", "0.3")
    assert done.code == 4
    assert "It goes on by itself." in done.err


def test_a_refusal_leaves_no_lab(lab: Run, file: Run, transactional_db: None) -> None:
    done = lab("deploy", file(ONE_HOST))
    assert done.code == 3
    assert "nodes/h1: There is no hypervisor for this host." in done.err
    assert not Lab.objects.exists()
    assert not Deployment.objects.exists()


def test_a_failure_is_one(lab: Run, file: Run, agent: FakeAgent, working: Run) -> None:
    with working(agent, "undone"):
        done = lab("deploy", file(ONE_HOST), "--wait")
    assert done.code == 1
    assert "hv1: It was undone." in done.err


def test_two_at_once_is_a_conflict(lab: Run, file: Run, agent: FakeAgent) -> None:
    assert lab("deploy", file(ONE_HOST)).code == 0
    done = lab("deploy", file(ONE_HOST))
    assert done.code == 5
    assert "is being deployed by the command line" in done.err


def test_a_stale_plan_is_a_conflict(lab: Run, file: Run, agent: FakeAgent, working: Run) -> None:
    with working(agent, "stale-plan"):
        assert lab("deploy", file(ONE_HOST), "--wait").code == 5


def test_export_is_byte_stable(lab: Run, transactional_db: None) -> None:
    made = make_lab(default_team())
    first = lab("export", "One bridge").out
    assert first == lab("export", str(made.pk)).out == lab("export", made.tag).out
    assert files.dump_yaml(files.load(first)) == first


def test_only_what_the_user_may_see_is_there(lab: Run, transactional_db: None) -> None:
    team, others = Team.objects.create(name="Wiring"), Team.objects.create(name="Others")
    made = make_lab(team)
    make_user("bob", team)
    make_user("charlie", others)
    assert lab("status", "One bridge", "--user", "bob").code == 0
    for name in ("One bridge", str(made.pk), made.tag):
        done = lab("status", name, "--user", "charlie")
        assert (done.code, done.err.strip()) == (2, f"There is no lab {name!r}.")
    assert lab("status", "One bridge", "--user", "charlie", "--team", "Wiring").code == 2
    assert lab("status", "One bridge", "--user", "nobody").code == 2


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x", "trunkline: 1\ntrunkline: 1", "{", "!!python"])
def test_bad_files_are_usage(lab: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    assert lab("validate", str(tmp_path / "bad.yaml")).code == 2
