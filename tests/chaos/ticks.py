"""A schedule that ticks while a campaign lasts, seen by every worker and every beat."""

from __future__ import annotations

from collections.abc import Iterator

from samovar import clock
from samovar.models import Run, Schedule, Source
from tests.chaos import edges

NAME = "chaos"
JOB = "steps"
EVERY_SECONDS = 2.0


def begin() -> None:
    """Let the schedule tick from now on."""
    one = Schedule(
        name=NAME,
        job=JOB,
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
    is_there = Schedule.objects.filter(name=NAME).exists()
    return {run for _, run in _started()} if is_there else set()


def faults() -> Iterator[str]:
    """Yield what is wrong with the ticks: each has its own instant, and its own run."""
    ticks = _started()
    started = Run.objects.filter(source=Source.SCHEDULE, job=JOB).count()
    if not ticks:
        yield "the schedule has never ticked"
    if len({at for at, _ in ticks}) != len(ticks):
        yield "two ticks have the same instant"
    if not len({run for _, run in ticks}) == len(ticks) == started:
        yield f"{len(ticks)} ticks have started a run, and there are {started}"


def _started() -> list[tuple[str, str]]:
    return edges.ticks(Schedule.objects.get(name=NAME).pk)
