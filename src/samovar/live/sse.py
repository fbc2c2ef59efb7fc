"""Server-Sent Events: the live transport that needs no server beside Django's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.handlers.asgi import ASGIRequest
from django.http import JsonResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from samovar.live import stopping
from samovar.live.follow import follow
from samovar.live.stream import frames

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from samovar.live.channels import Channel
    from samovar.live.event import Event

RETRY_MILLISECONDS = 1000
PING = b": ping\n\n"
DIGITS = 18
"""The most that the number of a line can have."""


def respond(request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """Answer with the run's events from `Last-Event-ID` or `?after=` on: the last line seen.

    The caller has checked that the asker may see the run. 400 for a position that is no number;
    501 under a WSGI server, which would send nothing before the end: the page then polls.
    """
    positions = _positions(request, 1)
    if positions is None:
        return _problem(400, _("The position is not a number of a line."))
    return _answer(request, _run(run_id, positions[0]))


def respond_to_all(
    request: HttpRequest, channels: Sequence[Channel], user: Any
) -> HttpResponseBase:
    """Answer with the events of several channels, from the positions in `Last-Event-ID` or
    `?after=` on. The caller has checked that `user` may hear them; whether that is still so is
    asked of apps' channels before they tell more.
    """
    positions = _positions(request, len(channels))
    if positions is None:
        return _problem(400, _("The positions are not one number for each channel."))
    return _answer(request, frames(channels, positions, user))


def _positions(request: HttpRequest, count: int) -> list[int] | None:
    """Return what the request names as heard; None when that is no position."""
    text = request.headers.get("Last-Event-ID") or request.GET.get("after")
    if not text:
        return [0] * count
    parts = text.split(",")
    are_numbers = all(part.isdecimal() and len(part) <= DIGITS for part in parts)
    return [int(part) for part in parts] if are_numbers and len(parts) == count else None


def _answer(request: HttpRequest, stream: AsyncIterator[bytes]) -> HttpResponseBase:
    if not isinstance(request, ASGIRequest):
        return _problem(
            501, _("Live events need an ASGI server. Read the log with ?after= instead.")
        )
    response = StreamingHttpResponse(_begun(stream), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


async def _begun(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    stopping.guard()
    yield b"retry: %d\n\n" % RETRY_MILLISECONDS
    async for frame in stream:
        yield frame


async def _run(run_id: uuid.UUID, after: int) -> AsyncIterator[bytes]:
    async for events in follow(run_id, after=after):
        yield b"".join(map(_frame, events)) or PING


def _frame(event: Event) -> bytes:
    """Return the event on the wire; JSON escapes newlines, so `data:` is one line."""
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {event.position}\nevent: {event.name}\ndata: {data}\n\n".encode()


def _problem(status: int, title: str) -> JsonResponse:
    body = {"title": title, "status": status}
    return JsonResponse(body, status=status, content_type="application/problem+json")
