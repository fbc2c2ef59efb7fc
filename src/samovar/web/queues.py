"""How the queues stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Min

from samovar.jobs import registry
from samovar.models import Queue, Run, RunState

if TYPE_CHECKING:
    import datetime as dt


class QueueLine(NamedTuple):
    """One queue: how many runs wait in it, and for how many seconds the oldest does."""

    name: str
    depth: int
    oldest_seconds: float | None
    is_paused: bool


def queue_lines(now: dt.datetime) -> list[QueueLine]:
    """Return all queues that a job names, a run waits in or somebody has paused, by name."""
    waiting = {
        name: (depth, (now - oldest).total_seconds())
        for name, depth, oldest in Run.objects.filter(state=RunState.QUEUED)
        .values_list("queue")
        .annotate(depth=Count("pk"), oldest=Min("created_at"))
    }
    paused = set(Queue.paused())
    names = {"default", *waiting, *paused, *(job.queue for job in registry.all())}
    return [
        QueueLine(name, *waiting.get(name, (0, None)), is_paused=name in paused)
        for name in sorted(names)
    ]
