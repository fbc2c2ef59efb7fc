"""A file that a run produced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from samovar.runtime import files
from samovar.web.lookup import run_or_404
from samovar.web.page import page
from samovar.web.previews import PICTURES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from django.core.files import File
    from django.http import HttpRequest

    from samovar.models import Artifact


@require_safe
@page
def artifact(request: HttpRequest, run_id: str, name: str) -> StreamingHttpResponse:
    """Send the file to be saved; a picture, with `?show`, to be shown in a page.

    Whatever a job has put into it, a browser runs nothing of it: it is no page, its type is not
    guessed, and it stands in a sandbox.
    """
    row = run_or_404(request, run_id).artifacts.filter(name=name).first()
    if row is None:
        raise Http404(_("This run has no file named {name}.").format(name=name))
    shown = "show" in request.GET and row.media_type in PICTURES
    file = _opened(row)
    body = _later(file) if isinstance(request, ASGIRequest) else _now(file)
    kind = row.media_type if shown else files.UNKNOWN
    response = StreamingHttpResponse(body, content_type=kind)
    response["Content-Length"] = str(row.size)
    response["Content-Disposition"] = (
        content_disposition_header(not shown, row.name) or "attachment"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["ETag"] = f'"{row.sha256}"'
    return response


def _opened(row: Artifact) -> File[bytes]:
    try:
        return files.storage().open(row.path)
    except OSError as error:
        words = _("The file {name} is not in the storage any more.")
        raise Http404(words.format(name=row.name)) from error


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
