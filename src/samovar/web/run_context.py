"""What the page of a run shows, read from the ledger in few queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from samovar.access import may_start, user_of
from samovar.models import RunState
from samovar.runtime import lines, waiting
from samovar.runtime.snapshot import progress
from samovar.web.lookup import find_job
from samovar.web.traceback import own_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from samovar.models import Run
    from samovar.models.log import NumberedLine

SHOWN = 1000
BLOCK = 200


def run_context(request: HttpRequest, run: Run) -> dict[str, Any]:
    """Return the context of run.html. `?after=N` shows the lines behind line N, and rests."""
    job = find_job(run.job)
    return {
        "run": run,
        "job": job,
        "may_start": job is not None and may_start(user_of(request), job),
        "attempts": run.attempts.order_by("-number"),
        "waiting": waiting.why(run).sentences if run.state in _WAITS else (),
        "eta_seconds": progress(run)["eta_seconds"],
        "frame": own_frame(run.traceback),
        "api_url": f"{reverse('samovar:home')}api/v1/runs/{run.pk}",
        **_log(run, request.GET.get("after")),
    }


_WAITS = (RunState.QUEUED, RunState.SCHEDULED)


def _log(run: Run, after: str | None) -> dict[str, Any]:
    if after is None:
        shown: Sequence[NumberedLine] = lines.last(run.pk, SHOWN)
    elif after.isdecimal() and len(after) < 19:  # noqa: PLR2004 - a line's number has at most 18 digits
        shown, _more = lines.read(run.pk, after=int(after), limit=SHOWN)
    else:
        raise Http404(_("The log has no such line."))
    first = shown[0].n if shown else 1
    return {
        "blocks": [shown[start : start + BLOCK] for start in range(0, len(shown), BLOCK)],
        "first": first,
        "earlier": max(0, first - 1 - SHOWN),
        "last": shown[-1].n if shown else 0,
        "is_live": after is None,
    }
