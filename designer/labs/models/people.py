"""Users, teams, and who belongs to which."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction


class PeopleManager(UserManager["User"]):
    """``manage.py createsuperuser`` makes a member of the default team, as
    designer.labs.actions.create_user does."""

    use_in_migrations = False

    @transaction.atomic
    def create_superuser(self, *args: Any, **fields: Any) -> User:
        from designer.labs.actions.join_team import join_default_team

        user = super().create_superuser(*args, **fields)
        join_default_team(user)
        return user


class User(AbstractUser):
    """A person who signs in. Our own model from the start, because it cannot be changed later."""

    objects: ClassVar[PeopleManager] = PeopleManager()

    @property
    def shown_name(self) -> str:
        """What others see beside this user's edits and cursor."""
        return self.get_full_name() or self.get_username()


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    MEMBER = "member", "Member"


class Team(models.Model):
    """Owns labs. There is one default team, which every new user joins."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    is_default = models.BooleanField(default=False)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="labs_one_default_team",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One user in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["team", "user"], name="labs_member_once"),)

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class FailedSignIn(models.Model):
    """One wrong password, kept as long as it counts (designer.labs.throttle)."""

    username = models.CharField(max_length=150)
    address = models.CharField(max_length=45)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (
            models.Index(fields=["username", "at"], name="labs_failed_by_name"),
            models.Index(fields=["address", "at"], name="labs_failed_by_address"),
        )

    def __str__(self) -> str:
        return f"{self.username} from {self.address}"
