"""Run again: a new run with the params of an old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from samovar.access import owner_of
from samovar.exceptions import InvalidParams
from samovar.models import Source
from samovar.runtime.again import again as run_again
from samovar.web.lookup import job_or_404, run_or_404
from samovar.web.page import page
from samovar.web.rendering import render, see_other
from samovar.web.views.run import watched_url

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@page
@require_POST
def again(request: HttpRequest, run_id: str) -> HttpResponse:
    """Submit a new run that points to this one, and show its page.

    A job that has to be confirmed shows its form instead, filled in like this run.
    """
    run = run_or_404(request, run_id)
    job = job_or_404(request, run.job)
    if job.confirm:
        return see_other(f"{reverse('samovar:job', args=[job.name])}?like={run.pk}")
    try:
        return see_other(watched_url(run_again(run, owner=owner_of(request), source=Source.WEB)))
    except InvalidParams as error:
        message = _("The job has changed and does not take this input any more: {why}").format(
            why=error
        )
        return render(request, "409.html", {"message": message, "back": run.url}, status=409)
