"""Mark a run as one to keep, or take the mark away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_POST

from samovar.web.lookup import run_or_404
from samovar.web.page import page
from samovar.web.rendering import see_other

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@page
@require_POST
def keeping(request: HttpRequest, run_id: str) -> HttpResponse:
    """Keep the run, or with `keep=no` let it be pruned when it is old; show its page."""
    run = run_or_404(request, run_id)
    run.keep(is_kept=request.POST.get("keep") != "no")
    return see_other(run.url)
