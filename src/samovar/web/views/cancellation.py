"""Cancel a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_POST

from samovar.access import name_of
from samovar.runtime.cancel import cancel
from samovar.web.lookup import run_or_404
from samovar.web.page import page
from samovar.web.rendering import see_other

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@page
@require_POST
def cancellation(request: HttpRequest, run_id: str) -> HttpResponse:
    """Ask for the run's end and show its page, which says how it ended if it had."""
    run = run_or_404(request, run_id)
    cancel(run, by=name_of(request))
    return see_other(run.url)
