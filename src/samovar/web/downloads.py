"""Send a file of the storage to a browser, which shall run nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from samovar.runtime import files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from django.core.files import File
    from django.http import HttpRequest

    from samovar.models import Artifact, Upload


def download(
    request: HttpRequest, row: Artifact | Upload, name: str, media_type: str = ""
) -> StreamingHttpResponse:
    """Answer with the file, to be saved as `name`; of a `media_type`, to be shown in a page.

    Whatever is in it, a browser runs nothing of it: it is no page, its type is not guessed, and it
    stands in a sandbox.
    """
    file = _opened(row.path, name)
    body = _later(file) if isinstance(request, ASGIRequest) else _now(file)
    response = StreamingHttpResponse(body, content_type=media_type or files.UNKNOWN)
    response["Content-Length"] = str(row.size)
    response["Content-Disposition"] = (
        content_disposition_header(not media_type, name) or "attachment"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["ETag"] = f'"{row.sha256}"'
    return response


def _opened(path: str, name: str) -> File[bytes]:
    try:
        return files.storage().open(path)
    except OSError as error:
        words = _("The file {name} is not in the storage any more.")
        raise Http404(words.format(name=name)) from error


def _now(file: File[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(files.PIECE):
            yield piece


async def _later(file: File[bytes]) -> AsyncIterator[bytes]:
    try:
        while piece := await sync_to_async(file.read)(files.PIECE):
            yield piece
    finally:
        await sync_to_async(file.close)()
