"""A schedule that ticks while a campaign lasts, seen by every worker and every beat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from samovar import clock
from samovar.models import Run, Schedule, Source, Tick, TickOutcome

NAME = "chaos"
EVERY_SECONDS = 2.0


def begin() -> None:
    """Let the schedule tick from now on."""
    one = Schedule(
        name=NAME,
        job="steps",
        params={"lines": 2, "pause": 0.0},
        every=EVERY_SECONDS,
        overlap="queue",
    )
    one.next_at = one.tick_after(clock.now())
    one.save()


def end() -> None:
    """Let it tick no more."""
    Schedule.objects.filter(name=NAME).update(paused_at=clock.now())


def runs() -> set[str]:
    """Return the ids of the runs that a tick started."""
    ticks = Tick.objects.filter(schedule__name=NAME, outcome=TickOutcome.STARTED)
    return {str(pk) for pk in ticks.values_list("run", flat=True)}


def faults() -> Iterator[str]:
    """Yield what is wrong with the ticks: each has its own instant, and its own run."""
    ticks = list(Tick.objects.filter(schedule__name=NAME).order_by("at"))
    if not ticks:
        yield "the schedule has never ticked"
        return
    first = ticks[0].at
    for tick in ticks:
        if (tick.at - first) % dt.timedelta(seconds=EVERY_SECONDS):
            yield f"{tick} is beside the rhythm that began at {first}"
    started = [tick for tick in ticks if tick.outcome == TickOutcome.STARTED]
    runs = Run.objects.filter(source=Source.SCHEDULE, job="steps").count()
    if len({tick.at for tick in ticks}) != len(ticks):
        yield "two ticks have the same instant"
    if not len({tick.run_id for tick in started}) == len(started) == runs:
        yield f"{len(started)} ticks have started a run, and there are {runs}"
