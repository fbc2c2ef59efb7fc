"""What belongs to one run: its log, its live events, its attempts and its artifacts."""

from __future__ import annotations

from typing import Annotated, Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router

from samovar.api import guard
from samovar.api.answers import PROBLEMS
from samovar.api.shapes import ArtifactShape, AttemptShape, LogShape
from samovar.live import sse
from samovar.runtime import lines
from samovar.runtime.snapshot import artifact, attempt, line

router = Router(tags=["runs"])

MOST_LINES = 1000
LAST_NUMBER = 2**63 - 1
"""The largest number that a database can compare with."""


@router.get("runs/{run_id}/log", response={200: LogShape, **PROBLEMS})
def read_log(
    request: HttpRequest,
    response: HttpResponse,
    run_id: str,
    after: Annotated[int, Query(ge=0, le=LAST_NUMBER)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = MOST_LINES,
) -> dict[str, Any]:
    """Return the lines after line `after`; Last-Line in the header is the log's last one."""
    # Read before the lines: a run that has ended by now gets no more of them.
    run = guard.find_run(request, run_id)
    found, more = lines.read(run.pk, after=after, limit=limit)
    last = found[-1].n if found else after
    response["Last-Line"] = str(max(last, run.log_lines) if found else run.log_lines)
    return {
        "lines": [line(one) for one in found],
        "next": None if run.is_final and not more else last,
    }


@router.get(
    "runs/{run_id}/events",
    openapi_extra={"responses": {200: {"content": {"text/event-stream": {}}}}},
)
async def follow_run(request: HttpRequest, run_id: str) -> HttpResponseBase:
    """Follow the run by Server-Sent Events: `state`, `progress` and `log`.

    `Last-Event-ID` or `?after=` resume behind a line.
    """
    run = await sync_to_async(guard.find_run)(request, run_id)
    return sse.respond(request, run.pk)


@router.get("runs/{run_id}/attempts", response={200: list[AttemptShape], **PROBLEMS})
def list_attempts(request: HttpRequest, run_id: str) -> list[dict[str, Any]]:
    """Return the run's attempts, the first one first."""
    run = guard.find_run(request, run_id)
    return [attempt(one) for one in run.attempts.order_by("number")]


@router.get("runs/{run_id}/artifacts", response={200: list[ArtifactShape], **PROBLEMS})
def list_artifacts(request: HttpRequest, run_id: str) -> list[dict[str, Any]]:
    """Return the files that the run produced."""
    run = guard.find_run(request, run_id)
    return [artifact(one) for one in run.artifacts.order_by("pk")]
