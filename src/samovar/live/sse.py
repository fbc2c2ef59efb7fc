"""Server-Sent Events: the live transport that needs no server beside Django's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.core.handlers.asgi import ASGIRequest
from django.http import JsonResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from samovar.live import stopping
from samovar.live.follow import follow

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from samovar.live.base import Event

RETRY_MILLISECONDS = 1000
PING = b": ping\n\n"
DIGITS = 18
"""The most that the number of a line can have."""


def respond(request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """Answer with the run's events from `Last-Event-ID` or `?after=` on: the last line seen.

    The caller has checked that the asker may see the run. 400 for a position that is no number;
    501 under a WSGI server, which would send nothing before the end: the page then polls.
    """
    position = request.headers.get("Last-Event-ID") or request.GET.get("after") or "0"
    if not position.isdecimal() or len(position) > DIGITS:
        return _problem(400, _("The position is not a number of a line."))
    if not isinstance(request, ASGIRequest):
        return _problem(
            501, _("Live events need an ASGI server. Read the log with ?after= instead.")
        )
    response = StreamingHttpResponse(
        _stream(run_id, int(position)), content_type="text/event-stream"
    )
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


async def _stream(run_id: uuid.UUID, after: int) -> AsyncIterator[bytes]:
    stopping.guard()
    yield b"retry: %d\n\n" % RETRY_MILLISECONDS
    async for events in follow(run_id, after=after):
        yield b"".join(map(_frame, events)) or PING


def _frame(event: Event) -> bytes:
    """Return the event on the wire; JSON escapes newlines, so `data:` is one line."""
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {event.position}\nevent: {event.name}\ndata: {data}\n\n".encode()


def _problem(status: int, title: str) -> JsonResponse:
    body = {"title": title, "status": status}
    return JsonResponse(body, status=status, content_type="application/problem+json")
