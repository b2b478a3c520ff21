from django.apps import AppConfig


class ImagesConfig(AppConfig):
    name = "designer.images"
    label = "images"
    verbose_name = "Images"
