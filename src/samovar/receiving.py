"""What comes in as files: counted and hashed while it is read, and refused when it is too much.

# Note [Too much]
The announced length is looked at before anything is read; what comes without one is counted, file
by file. Under an ASGI server Django reads a whole body before any view is asked, so there
`samovar.asgi.bounded` ends a body that nobody will look at.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.utils.translation import gettext as _

from samovar import conf
from samovar.exceptions import SamovarError

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict
    from django.utils.datastructures import MultiValueDict

MULTIPART = "multipart/form-data"
BESIDE = 4 * 1024 * 1024
"""What a body may have beside its files; Django itself lets fields have less."""


class TooLarge(SamovarError):
    """A request brings more than UPLOAD_MEGABYTES in files; nothing of it is kept."""

    def __init__(self) -> None:
        words = _("The upload is larger than {limit} MB, so it was refused. Send smaller files.")
        super().__init__(words.format(limit=conf.options().UPLOAD_MEGABYTES))


class Receiver(TemporaryFileUploadHandler):
    """Writes each file to a temporary one, and hashes it meanwhile."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.is_too_much = False
        self._size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self._digest = hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take a piece of the file; stop at once when all files together are too large."""
        self._size += len(raw_data)
        if self._size > most():
            self.is_too_much = True
            raise StopUpload(connection_reset=True)
        self._digest.update(raw_data)
        super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        """Return the file with its digest, as `samovar.jobs.files` reads it."""
        file = super().file_complete(file_size)
        if file is not None:
            file.sha256 = self._digest.hexdigest()  # type: ignore[attr-defined] # our own mark
        return file


def most() -> int:
    """Return how many bytes the files of one request may have together."""
    return conf.options().UPLOAD_MEGABYTES * 1024 * 1024


def prepare(request: HttpRequest) -> None:
    """Make files of this request go through a Receiver; call it before `POST` is looked at.

    Raises TooLarge when the announced length is too much.
    """
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdecimal() and int(announced) > most() + BESIDE:
        raise TooLarge
    if request.content_type == MULTIPART and not hasattr(request, "_files"):
        request.upload_handlers = [Receiver(request)]


def parts(request: HttpRequest) -> tuple[QueryDict, MultiValueDict[str, UploadedFile[bytes]]]:
    """Return the fields and the files of the request. Raises TooLarge."""
    fields, files = request.POST, request.FILES
    handlers = request.upload_handlers if request.content_type == MULTIPART else []
    if any(isinstance(one, Receiver) and one.is_too_much for one in handlers):
        raise TooLarge
    if sum(file.size or 0 for _name, several in files.lists() for file in several) > most():
        raise TooLarge
    return fields, files
