"""The page of a run: the heart of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.views.decorators.http import require_safe

from samovar.models import Run, RunState
from samovar.web.lookup import find_job, run_or_404
from samovar.web.page import page
from samovar.web.rendering import render, see_other
from samovar.web.run_context import run_context

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
@page
def run(request: HttpRequest, run_id: str) -> HttpResponse:
    """Show the run. `?watch` leads on to the form once a job with `after="form"` has succeeded."""
    run = run_or_404(request, run_id)
    is_watched = "watch" in request.GET
    has_form = run.after == "form" and find_job(run.job) is not None
    way_back = finished_url(run) if is_watched and has_form else None
    if way_back and run.state == RunState.SUCCEEDED:
        return see_other(way_back)
    context = run_context(request, run) | {"is_watched": is_watched, "finished_url": way_back}
    return render(request, "run.html", context)


def finished_url(run: Run) -> str:
    """Return the address of the start form with the news that the run has succeeded."""
    return f"{reverse('samovar:job', args=[run.job])}?finished={run.pk}"


def watched_url(run: Run) -> str:
    """Return where whoever started the run goes; `?watch` when its job leads on from there."""
    return f"{run.url}?watch" if run.after == "form" else run.url
