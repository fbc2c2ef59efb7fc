"""The catalogue: all jobs, what runs now, and the recent runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_safe

from samovar.access import may_start, user_of, visible_to
from samovar.jobs import registry
from samovar.web.page import page
from samovar.web.rendering import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SHOWN = 25


@require_safe
@page
def home(request: HttpRequest) -> HttpResponse:
    """Show the first page."""
    user = user_of(request)
    runs = visible_to(user)
    context = {
        "jobs": [job for job in registry.all() if may_start(user, job)],
        "active": runs.active().newest_first()[:SHOWN],
        "recent": runs.newest_first()[:SHOWN],
    }
    return render(request, "home.html", context)
