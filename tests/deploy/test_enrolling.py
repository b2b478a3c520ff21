"""Tokens, credentials, and who is let in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from designer.deploy import secrets
from designer.deploy.actions.add_hypervisor import add_hypervisor
from designer.deploy.actions.enrol import enrol
from designer.deploy.actions.forget_hypervisor import forget_hypervisor
from designer.deploy.errors import BadToken, Conflict
from designer.deploy.models import EnrolmentToken, Hypervisor
from designer.labs.models import Lab, User
from designer.live.agent_requests import authenticate
from designer.topology.problems import InvalidDocument
from tests.deploy.test_deploying import deployed
from tests.deploy.world import FakeAgent

pytestmark = pytest.mark.django_db


def test_a_token_lets_in_once() -> None:
    _, token = add_hypervisor("hv1")
    enrolled = enrol(token, {})
    assert authenticate(f"Bearer {enrolled.hypervisor.pk}.{enrolled.secret}") is not None
    with pytest.raises(BadToken, match="was used already"):
        enrol(token, {})


def test_a_token_ends() -> None:
    _, token = add_hypervisor("hv1")
    EnrolmentToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    with pytest.raises(BadToken, match="has expired"):
        enrol(token, {})
    with pytest.raises(BadToken, match="no such enrolment token"):
        enrol("something else", {})


def test_only_hashes_are_kept() -> None:
    hypervisor, token = add_hypervisor("hv1")
    enrolled = enrol(token, {})
    hypervisor.refresh_from_db()
    kept = [hypervisor.secret_hash, hypervisor.broker_hash, EnrolmentToken.objects.get().hash]
    assert all(len(one) == 64 for one in kept)
    assert enrolled.secret not in kept
    assert enrolled.secret not in repr(enrolled)


def test_enrolling_anew_ends_the_credential_before() -> None:
    hypervisor, token = add_hypervisor("hv1")
    old = enrol(token, {}).secret
    again, token = add_hypervisor("hv1")
    assert again == hypervisor
    assert authenticate(f"Bearer {hypervisor.pk}.{old}") is not None
    new = enrol(token, {}).secret
    assert authenticate(f"Bearer {hypervisor.pk}.{old}") is None
    assert authenticate(f"Bearer {hypervisor.pk}.{new}") is not None


def test_who_is_not_let_in() -> None:
    hypervisor, token = add_hypervisor("hv1")
    other, other_token = add_hypervisor("hv2")
    assert authenticate(f"Bearer {hypervisor.pk}.") is None  # not enrolled yet
    secret = enrol(token, {}).secret
    enrol(other_token, {})
    for credential in (
        "", "Bearer", "Bearer .", f"Basic {hypervisor.pk}.{secret}", f"Bearer {other.pk}.{secret}",
        f"Bearer {hypervisor.pk}", f"Bearer hv1.{secret}", f"Bearer {hypervisor.pk}.{secret}x",
    ):  # fmt: skip
        assert authenticate(credential) is None


@pytest.mark.parametrize("name", ["", "-rf", "a b", "hv1\n", "x" * 64, "../hv"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(InvalidDocument):
        add_hypervisor(name)
    assert not Hypervisor.objects.exists()


def test_secrets_fit_only_themselves() -> None:
    assert secrets.fits("a", secrets.digest("a"))
    assert not secrets.fits("b", secrets.digest("a"))
    assert not secrets.fits("", "")


def test_one_that_labs_stand_on_is_forgotten_by_force_alone(
    lab: Lab, alice: User, hv1: FakeAgent
) -> None:
    deployed(lab, alice, hv1)
    with pytest.raises(Conflict, match="1 labs stand on hv1"):
        forget_hypervisor(hv1.hypervisor, alice)
    forget_hypervisor(hv1.hypervisor, alice, force=True)
    assert not Hypervisor.objects.exists()


def test_a_token_is_never_taken_for_an_option() -> None:
    assert all(secrets.new().isalnum() for _ in range(1000))
