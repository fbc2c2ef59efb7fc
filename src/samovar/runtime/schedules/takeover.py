"""Bring the rows of declared schedules in step with the code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from samovar import transactions
from samovar.jobs.schedule import Declaration
from samovar.models import Origin, Schedule

_TIMING = ("cron", "every", "at", "zone", "overlap", "catch_up", "ends_at")
_COLUMNS = ("job", "is_task", "params", *_TIMING)


def take_over(declarations: Iterable[Declaration], origin: Origin, now: dt.datetime) -> None:
    """Write what is declared and was not, and what has changed; leave the rest as it is.

    A row whose declaration is gone stays, and is fired by those who still have it: an older or
    newer version of the code. A name that somebody has used on the site belongs to them.
    """
    with transactions.write():
        rows = {row.name: row for row in Schedule.objects.all()}
        for declaration in declarations:
            row = rows.get(declaration.name)
            if row is None or row.origin == origin:
                _write(row, declaration, origin, now)


def _write(row: Schedule | None, declared: Declaration, origin: Origin, now: dt.datetime) -> None:
    wanted = Schedule(
        name=declared.name,
        job=declared.target,
        is_task=declared.is_task,
        params=dict(declared.params),
        overlap=declared.overlap,
        catch_up=declared.catch_up,
        ends_at=declared.until,
        origin=origin,
    )
    wanted.rhythm = declared.rhythm
    if row is not None and _is_same(row, wanted):
        return
    wanted.next_at = wanted.tick_after(now)
    if row is None:
        Schedule.objects.bulk_create([wanted], ignore_conflicts=True)
    else:
        values = {name: getattr(wanted, name) for name in (*_COLUMNS, "next_at")}
        Schedule.objects.filter(pk=row.pk).update(**values)


def _is_same(row: Schedule, wanted: Schedule) -> bool:
    return all(getattr(row, name) == getattr(wanted, name) for name in _COLUMNS)
