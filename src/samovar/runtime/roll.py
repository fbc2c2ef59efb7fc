"""How the workers stand, as the page of the workers shows them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from django.db.models import Prefetch

from samovar.models import HELD, Run, Worker
from samovar.runtime.living import living


class Standing(StrEnum):
    """What a worker is up to."""

    WORKING = "working"
    IDLE = "idle"
    STOPPING = "stopping"
    """It begins no more runs, and ends."""
    SILENT = "silent"
    """It is dead or out of reach: its runs are taken up by others when their leases end."""


class WorkerLine(NamedTuple):
    """One worker: what it is up to, and the runs that it holds."""

    worker: Worker
    standing: Standing
    runs: list[Run]

    @property
    def used(self) -> int:
        """How many of its slots have a run."""
        return len(self.runs)


def worker_lines() -> list[WorkerLine]:
    """Return all workers that the ledger knows, by name."""
    alive = {worker.pk for worker in living()}
    held = Prefetch(
        "runs", Run.objects.filter(state__in=HELD).order_by("started_at"), to_attr="held"
    )
    workers = Worker.objects.order_by("name", "started_at").prefetch_related(held)
    return [_line(worker, list(worker.held), is_alive=worker.pk in alive) for worker in workers]


def _line(worker: Worker, runs: list[Run], *, is_alive: bool) -> WorkerLine:
    if worker.is_stopping:
        standing = Standing.STOPPING
    elif not is_alive:
        standing = Standing.SILENT
    else:
        standing = Standing.WORKING if runs else Standing.IDLE
    return WorkerLine(worker, standing, runs)
