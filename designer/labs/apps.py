from django.apps import AppConfig


class LabsConfig(AppConfig):
    name = "designer.labs"
    label = "labs"
    verbose_name = "Labs"
