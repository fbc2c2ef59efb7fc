"""Which ticks of a schedule are to be acted upon now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from samovar.models import CatchUp, Schedule

LATE = dt.timedelta(seconds=60)
"""A tick that somebody sees within this time has not been missed."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done now: `ticks` to act upon, in order, and `missed`, the first tick that is
    to be noted as missed. `next_at` is the next one to come.
    """

    ticks: list[dt.datetime]
    missed: dt.datetime | None
    next_at: dt.datetime | None


def due(schedule: Schedule, now: dt.datetime) -> Due:
    """Return what is due of a schedule whose `next_at` has come.

    All ticks of the last minute count. Those before it were missed, and of them the last one
    counts where the schedule says so and there is no later one. Raises InvalidRhythm.
    """
    first = schedule.next_at or now
    ticks = list(_recent(schedule, first, now))
    missed = first if first < now - LATE else None
    if missed and not ticks and schedule.catch_up == CatchUp.LAST:
        last = max(first, schedule.rhythm.before(now) or first)
        ticks = [last]
        missed = None if last == first else first
    return Due(ticks, missed, schedule.tick_after(now))


def _recent(schedule: Schedule, first: dt.datetime, now: dt.datetime) -> Iterator[dt.datetime]:
    """Yield the ticks of the last minute, from `first` on."""
    tick: dt.datetime | None = first
    if first < now - LATE:
        tick = schedule.tick_after(now - LATE)
    while tick is not None and tick <= now:
        yield tick
        tick = schedule.tick_after(tick)
