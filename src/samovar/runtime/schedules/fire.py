"""Let schedules tick: each tick once, whoever sees it come.

# Note [A tick is unique]
Several processes may look at the same schedule: the leader's upkeep, and any number of
`celery beat`. Moving `next_at` on is a conditional UPDATE, in one transaction with the tick's row
and its run: one of them wins, and the others find nothing. The tick's unique row stands behind it.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db import DatabaseError
from django.db.models import Q
from django.utils.translation import gettext as _

from samovar import transactions
from samovar.exceptions import InvalidParams, UnknownJob
from samovar.jobs import registry
from samovar.models import FINAL, Origin, Overlap, Run, Schedule, Source, Tick, TickOutcome
from samovar.models.fields import uuid7
from samovar.models.schedule import ScheduleQuerySet
from samovar.models.statement import Param, Statement
from samovar.rhythm import InvalidRhythm
from samovar.runtime.cancel import cancel
from samovar.runtime.schedules.due import due
from samovar.runtime.submit import submit

logger = logging.getLogger(__name__)

BATCH = 100
"""Schedules of one round."""
KEPT = 200
"""Ticks of one schedule that are kept."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A tick that this process had."""

    schedule: Schedule
    tick: Tick


def fire(now: dt.datetime, declared: Collection[str] = ()) -> list[Fired]:
    """Act upon every tick that has come; return those that this process had.

    `declared` are the names of the schedules that this process's code declares. A schedule that
    another version of the code declares, or of a job that this one does not know, is left to a
    process that has it. Sending plain tasks is the caller's business, after this function's
    transaction.
    """
    if _due().first(next_at=now) is None:
        return []
    rows = _mine(declared).due(now).order_by("next_at")[:BATCH]
    return [fired for schedule in rows for fired in _fire(schedule, now)]


@functools.cache
def _due() -> Statement:
    """Return the look for any schedule that ticks, composed once: it is done each second."""
    rows = Schedule.objects.due(Param.of(Schedule, "next_at"))
    return Statement.select(rows.values_list("pk")[:1])


def next_at(declared: Collection[str] = ()) -> dt.datetime | None:
    """Return when the next schedule that is this process's to fire ticks; None for never."""
    rows = _mine(declared).filter(paused_at=None).exclude(next_at=None).order_by("next_at")
    return rows.values_list("next_at", flat=True).first()


def run_now(schedule: Schedule) -> Run:
    """Start a run of the schedule's job at once, beside its ticks.

    Raises UnknownJob and InvalidParams when the code has changed since.
    """
    return _start(schedule, uuid7())


def _start(schedule: Schedule, run_id: uuid.UUID) -> Run:
    """Submit a run of this id; of a `unique` job the one that has not ended may come instead."""
    job = registry.get(schedule.job)
    params = job.signature.validate(schedule.params)
    return submit(job, params, id=run_id, owner=schedule.owner, source=Source.SCHEDULE)


def _mine(declared: Collection[str]) -> ScheduleQuerySet:
    """Return the schedules that a process whose code declares these names can fire."""
    jobs = [job.name for job in registry.all()]
    return Schedule.objects.filter(
        Q(origin=Origin.SITE) | Q(name__in=declared), Q(is_task=True) | Q(job__in=jobs)
    )


def _fire(schedule: Schedule, now: dt.datetime) -> list[Fired]:
    try:
        plan = due(schedule, now)
    except InvalidRhythm as error:  # a zone, say, that this machine does not know
        at = schedule.next_at or now
        if not schedule.pause(now=now):
            return []
        return [Fired(schedule, _write(schedule, at, now, TickOutcome.REFUSED, reason=str(error)))]
    with transactions.write():
        if not schedule.advance(plan.next_at):
            return []
        if plan.missed:
            _write(schedule, plan.missed, now, TickOutcome.MISSED)
        ticks = [_act(schedule, at, now) for at in plan.ticks]
        _prune(schedule)
    return [Fired(schedule, tick) for tick in ticks]


def _act(schedule: Schedule, at: dt.datetime, now: dt.datetime) -> Tick:
    """Do what the tick is for."""
    if schedule.is_task:
        return _write(schedule, at, now, TickOutcome.SENT)
    earlier = _unfinished(schedule)
    if earlier and schedule.overlap == Overlap.SKIP:
        return _write(schedule, at, now, TickOutcome.SKIPPED)
    if schedule.overlap == Overlap.REPLACE:
        for run in earlier:
            cancel(run, by=schedule.name)
    run_id = uuid7()
    try:
        run = _start(schedule, run_id)
    except DatabaseError:
        raise
    except (InvalidParams, UnknownJob) as error:
        reason = _("The job does not take these params any more: %(error)s") % {"error": error}
        return _write(schedule, at, now, TickOutcome.REFUSED, reason=reason)
    except Exception as error:  # the job's own code makes the keys; other schedules go on
        logger.exception("The schedule %s could not start its run.", schedule.name)
        reason = _("The run could not be made: %(error)s") % {"error": f"{error!r:.500}"}
        return _write(schedule, at, now, TickOutcome.REFUSED, reason=reason)
    if run.pk != run_id:
        return _write(schedule, at, now, TickOutcome.SKIPPED)
    return _write(schedule, at, now, TickOutcome.STARTED, run=run)


def _unfinished(schedule: Schedule) -> list[Run]:
    return list(Run.objects.filter(tick__schedule=schedule).exclude(state__in=FINAL))


def _write(
    schedule: Schedule,
    at: dt.datetime,
    now: dt.datetime,
    outcome: TickOutcome,
    *,
    run: Run | None = None,
    reason: str = "",
) -> Tick:
    return Tick.objects.create(
        schedule=schedule, at=at, fired_at=now, outcome=outcome, run=run, reason=reason
    )


def _prune(schedule: Schedule) -> None:
    """Forget old ticks: their runs stay."""
    rows = schedule.ticks.order_by("-at")
    if (oldest := rows.values_list("at", flat=True)[KEPT : KEPT + 1].first()) is not None:
        schedule.ticks.filter(at__lte=oldest).delete()
