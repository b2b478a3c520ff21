"""The tables of this room, a file for each family."""

from designer.images.models.image import Image
from designer.images.models.upload import Upload

__all__ = ["Image", "Upload"]
