"""The site's addresses."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import path
from django.views.generic import RedirectView

from designer.api.agent_images import agent_image, known_images
from designer.api.enrolment import enrol_agent
from designer.api.main import api
from designer.site import pages

urlpatterns = [
    path("", pages.app, name="home"),
    path("hypervisors", pages.app, name="hypervisors"),
    path("images", pages.app, name="images"),
    path("labs/<uuid:lab_id>", pages.app, name="lab"),
    path("labs/<uuid:lab_id>/console/<str:node>", pages.app, name="console"),
    path("login", pages.SignIn.as_view(), name="login"),
    path("logout", auth.LogoutView.as_view(), name="logout"),
    path("password", pages.ChangePassword.as_view(), name="password"),
    path("healthz", pages.health, name="health"),
    path("favicon.ico", RedirectView.as_view(url="/static/site/mark.svg"), name="favicon"),
    path("agent/enrol", enrol_agent, name="enrol"),
    path("agent/images/known", known_images, name="known_images"),
    path("agent/images/<slug:sha256>", agent_image, name="agent_image"),
    path("api/", api.urls),
    path("admin/", admin.site.urls),
]
