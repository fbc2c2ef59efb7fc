"""Find what an address names, or say with a 404 page that there is no such thing."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from samovar.access import may_operate, may_start, owner_of, user_of, visible_groups, visible_to
from samovar.exceptions import UnknownJob
from samovar.jobs import registry
from samovar.models import Schedule

if TYPE_CHECKING:
    from django.http import HttpRequest

    from samovar.jobs.job import Job
    from samovar.models import Group, Run
    from samovar.models.schedule import ScheduleQuerySet


def as_id(text: str | None) -> uuid.UUID | None:
    """Return the id that `text` spells; None when it spells none."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def run_or_404(request: HttpRequest, run_id: str) -> Run:
    """Return the run, if there is one that the asker may see. What is no UUID is an unknown id."""
    pk = as_id(run_id)
    run = visible_to(user_of(request)).filter(pk=pk).first() if pk else None
    if run is None:
        raise Http404(_("There is no run with the id {id}.").format(id=run_id))
    return run


def group_or_404(request: HttpRequest, group_id: str) -> Group:
    """Return the group, if there is one that the asker may see."""
    pk = as_id(group_id)
    group = visible_groups(user_of(request)).filter(pk=pk).first() if pk else None
    if group is None:
        raise Http404(_("There is no group with the id {id}.").format(id=group_id))
    return group


def find_job(name: str) -> Job[Any, Any] | None:
    """Return the job; None when the code does not have it any more."""
    try:
        return registry.get(name)
    except UnknownJob:
        return None


def run_of(request: HttpRequest, job: str, run_id: str | None) -> Run | None:
    """Return the run of this id if it is one of this job that the asker may see."""
    pk = as_id(run_id)
    return visible_to(user_of(request)).filter(pk=pk, job=job).first() if pk else None


def job_or_404(request: HttpRequest, name: str) -> Job[Any, Any]:
    """Return the job, if there is one; refuse an asker who may not start it."""
    job = find_job(name)
    if job is None:
        raise Http404(_("There is no job named {name}.").format(name=name))
    if not may_start(user_of(request), job):
        raise PermissionDenied(_("You may not start this job."))
    return job


def schedules_of(request: HttpRequest) -> ScheduleQuerySet:
    """Return the schedules that the asker may see and change: all of them, or their own."""
    rows = Schedule.objects.all()
    if may_operate(user_of(request)):
        return rows
    owner = owner_of(request)
    return rows.filter(owner_id=owner.pk) if owner else rows.none()


def schedule_or_404(request: HttpRequest, schedule_id: str) -> Schedule:
    """Return the schedule, if there is one that the asker may see."""
    pk = as_id(schedule_id)
    schedule = schedules_of(request).filter(pk=pk).first() if pk else None
    if schedule is None:
        raise Http404(_("There is no schedule with the id {id}.").format(id=schedule_id))
    return schedule
