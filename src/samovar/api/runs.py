"""The runs: the list, one run, its end and its repetition."""

from __future__ import annotations

from typing import Annotated, Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from samovar import access, paging
from samovar.api import guard
from samovar.api.answers import PROBLEMS, accepted
from samovar.api.problems import Problem
from samovar.api.shapes import RunPageShape, RunShape
from samovar.live.follow import wait_until_final
from samovar.models import RunState, Source
from samovar.runtime import again as repetition
from samovar.runtime import cancel as cancellation
from samovar.runtime.snapshot import snapshot

router = Router(tags=["runs"])

PAGE = 50
LARGEST_PAGE = 200
LONGEST_WAIT = 30


@router.get("runs", response={200: RunPageShape, **PROBLEMS})
def list_runs(
    request: HttpRequest,
    state: RunState | None = None,
    job: str = "",
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = PAGE,
) -> dict[str, Any]:
    """Return runs, newest first, a page at a time."""
    wanted = {key: value for key, value in {"state": state, "job": job}.items() if value}
    runs = access.visible_to(access.user_of(request)).filter(**wanted)
    try:
        page = paging.page_of(runs, cursor=cursor, size=limit)
    except ValueError as error:
        words = _("This cursor is none of ours; take `next` of the page before.")
        raise Problem(422, words, [("cursor", words)]) from error
    return {"items": [snapshot(run) for run in page.runs], "next": page.cursor}


@router.get("runs/{run_id}", response={200: RunShape, **PROBLEMS})
async def show_run(
    request: HttpRequest, run_id: str, wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0
) -> dict[str, Any]:
    """Return one run; `wait` (seconds) holds the answer until it has ended."""
    run = await sync_to_async(guard.find_run)(request, run_id)
    if wait and not run.is_final:
        await wait_until_final(run.pk, wait)
        await run.arefresh_from_db()
    return await sync_to_async(snapshot)(run)


@router.post("runs/{run_id}/cancellation", response={202: RunShape, **PROBLEMS})
def cancel_run(request: HttpRequest, run_id: str) -> Any:
    """Ask for the run's end. 409: it had ended already, or is an observed task of Celery's;
    nothing changes.
    """
    run = guard.find_run(request, run_id)
    if not cancellation.cancel(run, by=access.name_of(request)):
        if run.source == Source.OBSERVED:
            raise Problem(
                409, _("A plain Celery task can be cancelled only by Celery’s own means.")
            )
        raise Problem(409, _("The run has ended already."))
    return Status(202, snapshot(run.refresh()))


@router.post("runs/{run_id}/keeping", response={200: RunShape, **PROBLEMS})
def keep_run(request: HttpRequest, run_id: str, keep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 - `?keep=`
    """Keep the run however old it gets; `?keep=false` lets it be removed in its time."""
    run = guard.find_run(request, run_id)
    run.keep(is_kept=keep)
    return snapshot(run)


@router.post("runs/{run_id}/again", response={202: RunShape, **PROBLEMS})
def run_again(request: HttpRequest, response: HttpResponse, run_id: str) -> Any:
    """Submit a new run of the same job with the same params."""
    run = guard.find_run(request, run_id)
    guard.startable_job(request, run.job)
    owner = access.owner_of(request)
    return accepted(request, response, repetition.again(run, owner=owner, source=Source.API))
