"""Let schedules tick: each tick once, whoever sees it come.

# Note [A tick is unique]
Several processes may look at the same schedule: the leader's upkeep, and any number of
`celery beat`. Moving `next_at` on is a conditional UPDATE, in one transaction with the tick's row
and its run: one of them wins, and the others find nothing. The tick's unique row stands behind it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from samovar import transactions
from samovar.exceptions import InvalidParams, UnknownJob
from samovar.jobs import registry
from samovar.models import FINAL, Overlap, Run, Schedule, Source, Tick, TickOutcome
from samovar.rhythm import InvalidRhythm
from samovar.runtime.cancel import cancel
from samovar.runtime.schedules.due import due
from samovar.runtime.submit import submit

BATCH = 100
"""Schedules of one round."""
KEPT = 200
"""Ticks of one schedule that are kept."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A tick that this process had."""

    schedule: Schedule
    tick: Tick


def fire(now: dt.datetime, tasks: Collection[str] = ()) -> list[Fired]:
    """Act upon every tick that has come; return those that this process had.

    `tasks` are the plain tasks that can be sent from here: sending them is the caller's business,
    after this function's transaction. A schedule of a job that this process does not know is left
    to one that does.
    """
    jobs = [job.name for job in registry.all()]
    rows = Schedule.objects.due(now).order_by("next_at")
    mine = rows.filter(is_task=False, job__in=jobs) | rows.filter(is_task=True, job__in=tasks)
    return [fired for schedule in mine[:BATCH] for fired in _fire(schedule, now)]


def next_at() -> dt.datetime | None:
    """Return when the next schedule ticks; None when there is none."""
    rows = Schedule.objects.filter(paused_at=None).exclude(next_at=None).order_by("next_at")
    return rows.values_list("next_at", flat=True).first()


def run_now(schedule: Schedule) -> Run:
    """Start a run of the schedule's job at once, beside its ticks.

    Raises UnknownJob and InvalidParams when the code has changed since.
    """
    job = registry.get(schedule.job)
    params = job.signature.validate(schedule.params)
    return submit(job, params, owner=schedule.owner, source=Source.SCHEDULE)


def _fire(schedule: Schedule, now: dt.datetime) -> list[Fired]:
    try:
        plan = due(schedule, now)
    except InvalidRhythm as error:  # a zone, say, that this machine does not know
        schedule.pause(now=now)
        tick = _write(
            schedule, schedule.next_at or now, now, TickOutcome.REFUSED, reason=str(error)
        )
        return [Fired(schedule, tick)]
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
            cancel(run)
    try:
        run = run_now(schedule)
    except (InvalidParams, UnknownJob) as error:
        reason = _("The job does not take these params any more: %(error)s") % {"error": error}
        return _write(schedule, at, now, TickOutcome.REFUSED, reason=reason)
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
