"""How the queues stand, as the page of the workers and the command show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Min, Q

from samovar.jobs import registry
from samovar.models import HELD, Queue, Run, RunState

if TYPE_CHECKING:
    import datetime as dt


class QueueLine(NamedTuple):
    """One queue: how many runs wait in it, for how many seconds the oldest does, how many run."""

    name: str
    depth: int = 0
    oldest_seconds: float | None = None
    running: int = 0
    is_paused: bool = False


def queue_lines(now: dt.datetime) -> list[QueueLine]:
    """Return all queues that a job names, a run is in or somebody has paused, by name."""
    found = {line.name: line for line in _with_runs(now)}
    paused = set(Queue.paused())
    names = {"default", *found, *paused, *(job.queue for job in registry.all())}
    return [
        found.get(name, QueueLine(name))._replace(is_paused=name in paused)
        for name in sorted(names)
    ]


def _with_runs(now: dt.datetime) -> list[QueueLine]:
    waiting, running = Q(state=RunState.QUEUED), Q(state__in=HELD)
    rows = (
        Run.objects.filter(state__in=(RunState.QUEUED, *HELD))
        .values_list("queue")
        .annotate(
            depth=Count("pk", filter=waiting),
            oldest=Min("created_at", filter=waiting),
            held=Count("pk", filter=running),
        )
        .order_by("queue")
    )
    return [
        QueueLine(name, depth, (now - oldest).total_seconds() if oldest else None, held)
        for name, depth, oldest, held in rows
    ]
