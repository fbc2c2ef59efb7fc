"""Schedules: the list, one of them, a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from samovar import clock, transactions
from samovar.access import owner_of, startable_by, user_of
from samovar.jobs.words import translated
from samovar.models import Leader, Origin, Schedule, Worker
from samovar.runtime.schedules import declared
from samovar.web.forms import JobForm
from samovar.web.lookup import job_or_404, schedule_or_404, schedules_of
from samovar.web.page import page
from samovar.web.rendering import render, see_other
from samovar.web.schedule_form import ScheduleForm

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import HttpRequest, HttpResponse

    from samovar.jobs.job import Job

SHOWN = 20
"""Ticks on a schedule's page."""


@require_safe
@page
def schedules(request: HttpRequest) -> HttpResponse:
    """Show the schedules, and who lets them tick."""
    rows = schedules_of(request).select_related("owner")
    names = declared.names()
    context = {
        "schedules": [
            {"row": row, "last": _last(row), "is_gone": _is_gone(row, names)} for row in rows
        ],
        "jobs": [each for each in startable_by(user_of(request)) if not each.signature.needs_file],
        "nobody": not (Worker.objects.exists() or Leader.objects.exists()),
    }
    return render(request, "schedules.html", context)


@require_safe
@page
def schedule(request: HttpRequest, schedule_id: str) -> HttpResponse:
    """Show one schedule with its ticks."""
    row = schedule_or_404(request, schedule_id)
    ticks = row.ticks.select_related("run").order_by("-at")[:SHOWN]
    is_gone = _is_gone(row, declared.names())
    context = {
        "schedule": row,
        "next_ticks": row.next_ticks(3),
        "ticks": ticks,
        "is_gone": is_gone,
        "may_delete": is_gone or row.origin == Origin.SITE,
    }
    return render(request, "schedule.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new_schedule(request: HttpRequest) -> HttpResponse:
    """Show the form for a new schedule of the job `?job=`; make it when it is sent."""
    job = job_or_404(request, request.GET.get("job", ""))
    if job.signature.needs_file:
        return _refused(request, job)
    data = request.POST if request.method == "POST" else None
    form, timing = JobForm(job.signature, data), ScheduleForm(data, title=translated(job.title))
    if data is not None and all([form.is_valid(), timing.is_valid()]):
        return see_other(_made(request, job, form, timing).url)
    context = {"job": job, "form": form, "timing": timing}
    return render(request, "new_schedule.html", context, status=422 if data else 200)


def _refused(request: HttpRequest, job: Job[Any, Any]) -> HttpResponse:
    words = _("Each run of {job} needs a file of its own, so it cannot be started by a schedule.")
    context = {
        "message": words.format(job=translated(job.title)),
        "back": reverse("samovar:job", args=[job.name]),
    }
    return render(request, "409.html", context, status=409)


def _made(
    request: HttpRequest, job: Job[Any, Any], form: JobForm, timing: ScheduleForm
) -> Schedule:
    given = timing.cleaned_data
    names = ("name", "zone", "overlap", "catch_up", "ends_at")
    values: dict[str, Any] = {name: given[name] for name in names}
    values["owner"] = owner_of(request)
    row = Schedule(job=job.name, params=form.params, **values)
    assert timing.rhythm is not None  # noqa: S101 - a valid form has one
    row.rhythm = timing.rhythm
    row.next_at = row.tick_after(clock.now())
    with transactions.write():
        row.save(force_insert=True)
    return row


def _is_gone(row: Schedule, names: Collection[str]) -> bool:
    """Return whether the code that this process has does not declare the schedule any more."""
    return row.origin != Origin.SITE and row.name not in names


def _last(row: Schedule) -> Any:
    return row.ticks.select_related("run").order_by("-at").first()
