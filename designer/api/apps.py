from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Installed for its management command."""

    name = "designer.api"
    label = "api"
    verbose_name = "API"
