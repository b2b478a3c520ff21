"""Take the next piece of an upload."""

from __future__ import annotations

import errno
import fcntl
import os

from django.utils import timezone

from designer.images import hashing, storage
from designer.images.actions.cancel_upload import drop
from designer.images.models import Upload
from designer.labs.errors import NotFound, Refused
from designer.machine.images import shown_size

LARGEST = 4 << 20
"""Bytes of one piece. It is held in memory, and no proxy should mind it."""


class WrongOffset(Refused):
    """The piece does not follow what is there: go on from ``received``."""

    def __init__(self, received: int) -> None:
        self.received = received
        super().__init__("offset", f"{received} bytes are here already. Go on from there.")


def take_piece(upload: Upload, offset: int, piece: bytes) -> int:
    """Bytes that are there now. Raises :class:`WrongOffset` and :class:`Refused`; where the disk
    is full the whole upload is dropped."""
    if len(piece) > LARGEST:
        raise Refused("too-large", f"A piece has {shown_size(LARGEST)} at most.")
    path = storage.partial(upload.pk)
    try:
        file = path.open("r+b")
    except FileNotFoundError:
        raise NotFound("upload") from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two senders of one upload, after a reconnect
        received = os.fstat(file.fileno()).st_size
        if offset != received:
            raise WrongOffset(received)
        if received + len(piece) > upload.size:
            raise Refused("too-large", f"More came than the {upload.size} bytes that were told.")
        try:
            if len(piece) > storage.free():
                raise OSError(errno.ENOSPC, "the reserve")
            file.seek(offset)
            file.write(piece)
            file.flush()
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            drop(upload)
            raise Refused(
                "no-space",
                f"This server has no room left after {shown_size(received)} of "
                f"{shown_size(upload.size)}; nothing of it is kept. Whoever runs it has to make "
                "room.",
            ) from None
        hashing.took(upload.pk, offset, piece)
    Upload.objects.filter(pk=upload.pk).update(touched=timezone.now())
    return received + len(piece)


def received(upload: Upload) -> int:
    """Bytes that are there: where a sender goes on after an interruption."""
    try:
        return storage.partial(upload.pk).stat().st_size
    except FileNotFoundError:
        raise NotFound("upload") from None
