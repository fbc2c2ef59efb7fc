"""What the page of a run shows, read from the ledger in few queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from samovar.access import may_start, user_of
from samovar.conf import options
from samovar.models import WAITING
from samovar.models.ladder import ahead_of, ladder_of
from samovar.runtime import waiting
from samovar.runtime.snapshot import progress
from samovar.web.explanation import explanation
from samovar.web.log_context import LogView, Wish
from samovar.web.lookup import find_job
from samovar.web.previews import previews
from samovar.web.traceback import own_frame

if TYPE_CHECKING:
    from django.http import HttpRequest

    from samovar.models import Run


def run_context(request: HttpRequest, run: Run) -> dict[str, Any]:
    """Return the context of run.html. A page that shows a part of the log rests."""
    job = find_job(run.job)
    frame = own_frame(run.traceback)
    ladder = ladder_of(run)
    api = f"{reverse('samovar:home')}api/v1"
    return {
        "run": run,
        "job": job,
        "may_start": job is not None and may_start(user_of(request), job),
        "artifacts": previews(run),
        "uploads": {use.name: use for use in run.uploads.all()},
        "ladder": ladder,
        "steps_ahead": ahead_of(ladder),
        "attempts": run.attempts.order_by("-number"),
        "waiting": waiting.why(run) if run.state in WAITING else None,
        "eta_seconds": progress(run)["eta_seconds"],
        "explanation": explanation(run, frame),
        "frame": frame,
        "api_url": f"{api}/runs/{run.pk}",
        # Without Centrifugo there is one way, and no need to ask for it.
        "door_url": f"{api}/live?channel=run:{run.pk}" if options().CENTRIFUGO_URL else "",
        "log": LogView(run, Wish.read(request.GET)),
    }
