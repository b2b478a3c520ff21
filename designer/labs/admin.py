"""Users and teams for whoever runs the server. Labs are edited on the canvas, never here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from designer.labs.actions.join_team import join_default_team
from designer.labs.models import Membership, Quota, Team, User

if TYPE_CHECKING:
    Inline = admin.TabularInline[Membership, Team]
    QuotaOfTeam = admin.StackedInline[Quota, Team]
    OfTeam = admin.ModelAdmin[Team]
    OfUser = UserAdmin[User]
else:  # generic for the type checker only
    Inline, OfTeam, OfUser = admin.TabularInline, admin.ModelAdmin, UserAdmin
    QuotaOfTeam = admin.StackedInline


class MembershipInline(Inline):
    model = Membership
    extra = 0


class QuotaInline(QuotaOfTeam):
    model = Quota


@admin.register(Team)
class TeamAdmin(OfTeam):
    list_display = ("name", "is_default", "created")
    inlines = (QuotaInline, MembershipInline)


@admin.register(User)
class PersonAdmin(OfUser):
    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            join_default_team(obj)
