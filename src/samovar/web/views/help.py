"""A short help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from samovar.models import RunState
from samovar.web.page import page
from samovar.web.rendering import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MEANINGS = {
    RunState.SCHEDULED: _("It waits for its time: a later start, or the next try after an error."),
    RunState.QUEUED: _(
        "It waits for a free worker. Its page says its place in the line, and why it waits."
    ),
    RunState.RUNNING: _("A worker performs it now."),
    RunState.CANCELLING: _("Somebody cancelled it, and the job is cleaning up."),
    RunState.SUCCEEDED: _("The job has returned; its result is kept with the run."),
    RunState.FAILED: _("The job raised an error or was lost too often. The run's page says why."),
    RunState.CANCELLED: _("It was ended on request. Nothing of it runs any more."),
}


@require_safe
@page
def help_page(request: HttpRequest) -> HttpResponse:
    """Say what this site does, and what the states mean."""
    return render(request, "help.html", {"states": MEANINGS.items()})
