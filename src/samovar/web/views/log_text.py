"""The whole log as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from samovar.runtime import lines
from samovar.web.lookup import run_or_404
from samovar.web.page import page

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator, Iterator

    from django.http import HttpRequest

LINES = 5000


@require_safe
@page
def log_text(request: HttpRequest, run_id: str) -> StreamingHttpResponse:
    """Send the log, a line a line, without ever holding all of it."""
    run = run_or_404(request, run_id)
    # An ASGI server would read a plain iterator to its end before it sends the first byte.
    text = _later(run.pk) if isinstance(request, ASGIRequest) else _now(run.pk)
    response = StreamingHttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{run.job}-{run.pk}.txt"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _read(run_id: uuid.UUID, after: int) -> tuple[str, int | None]:
    """Return the text of the lines behind line `after`, and behind which line it goes on."""
    found, more = lines.read(run_id, after=after, limit=LINES)
    text = "".join(f"{line.text}\n" for line in found)
    return text, found[-1].n if found and more else None


def _now(run_id: uuid.UUID) -> Iterator[str]:
    after: int | None = 0
    while after is not None:
        text, after = _read(run_id, after)
        yield text


async def _later(run_id: uuid.UUID) -> AsyncIterator[str]:
    after: int | None = 0
    while after is not None:
        text, after = await sync_to_async(_read)(run_id, after)
        yield text
