"""The start form of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_http_methods

from samovar.models import RunState
from samovar.models.fields import uuid7
from samovar.receiving import parts
from samovar.web.forms import JobForm
from samovar.web.lookup import job_or_404, run_of
from samovar.web.page import page
from samovar.web.rendering import render, see_other
from samovar.web.starting import start
from samovar.web.views.run import watched_url

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@page
@require_http_methods(["GET", "HEAD", "POST"])
def job(request: HttpRequest, name: str) -> HttpResponse:
    """Show the form, filled in like an earlier run (`?like=`); start a run when it is sent.

    `?finished=` names a run of this job that has just succeeded: the page brings the news.
    """
    job = job_or_404(request, name)
    like, finished = (run_of(request, name, request.GET.get(key)) for key in ("like", "finished"))
    data, files = parts(request) if request.method == "POST" else (None, None)
    like = run_of(request, name, data.get("_like")) if data else like
    shown = like.params if like else None
    form = JobForm(job.signature, data, files, params=shown, confirm=job.confirm)
    if form.is_bound and form.is_valid():
        return see_other(watched_url(start(request, job, form.params)))
    news = finished if finished and finished.state == RunState.SUCCEEDED else None
    context = {"job": job, "form": form, "like": like, "finished": news, "key": uuid7()}
    return render(request, "job.html", context, status=422 if form.is_bound else 200)
