"""What a person does with a schedule: pause, resume, run now, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from samovar import clock, transactions
from samovar.exceptions import InvalidParams
from samovar.models import Origin
from samovar.rhythm import InvalidRhythm
from samovar.runtime.schedules import declared
from samovar.runtime.schedules.fire import run_now
from samovar.web.lookup import job_or_404, schedule_or_404
from samovar.web.page import page
from samovar.web.rendering import render, see_other

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from samovar.models import Schedule


@page
@require_POST
def pause(request: HttpRequest, schedule_id: str) -> HttpResponse:
    """Let the schedule tick no more until it is resumed."""
    schedule = schedule_or_404(request, schedule_id)
    with transactions.write():
        schedule.pause(now=clock.now())
    return see_other(schedule.url)


@page
@require_POST
def resumption(request: HttpRequest, schedule_id: str) -> HttpResponse:
    """Let the schedule tick again."""
    schedule = schedule_or_404(request, schedule_id)
    try:
        with transactions.write():
            schedule.resume(now=clock.now())
    except InvalidRhythm as error:
        return _refused(request, schedule, str(error))
    return see_other(schedule.url)


@page
@require_POST
def runs(request: HttpRequest, schedule_id: str) -> HttpResponse:
    """Start a run now, beside the ticks."""
    schedule = schedule_or_404(request, schedule_id)
    job_or_404(request, schedule.job)
    try:
        return see_other(run_now(schedule).url)
    except InvalidParams as error:
        message = _("The job does not take these params any more: %(error)s") % {"error": error}
        return _refused(request, schedule, message)


@page
@require_POST
def deletion(request: HttpRequest, schedule_id: str) -> HttpResponse:
    """Delete a schedule that the code does not declare; its runs stay."""
    schedule = schedule_or_404(request, schedule_id)
    if schedule.origin != Origin.SITE and schedule.name in declared.names():
        raise PermissionDenied(
            _("This schedule is declared in the code, which would bring it back. Pause it.")
        )
    with transactions.write():
        schedule.delete()
    return see_other(reverse("samovar:schedules"))


def _refused(request: HttpRequest, schedule: Schedule, message: str) -> HttpResponse:
    return render(request, "409.html", {"message": message, "back": schedule.url}, status=409)
