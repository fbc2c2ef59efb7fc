"""The dispatcher: lets workers know of runs that wait although nobody has taken them.

A message may be lost with its broker or its publisher. Whatever has waited for some seconds is
announced again, the first of each line and only a few at a time: a worker that has ended a run
takes the next from the ledger by itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from samovar import clock
from samovar.jobs import registry
from samovar.models import Run, RunState, Worker
from samovar.runtime import admission, events, publisher
from samovar.runtime.ends import after_end
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.publisher import Hint
from samovar.types import Fault

BATCH = 500
"""Scheduled or expired runs moved in one transaction."""


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What one round did."""

    announced: int = 0
    enqueued: int = 0
    expired: int = 0
    admitted: int = 0


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Announce what waits; the leader does so.

    `patience` is how many seconds a run may wait before it is announced again, `window` how many
    of each line are, the first ones.
    """

    ledger: LedgerThread
    patience: float = 1.5
    window: int = 8

    def __post_init__(self) -> None:
        if self.patience <= 0 or self.window < 1:
            raise ValueError("patience must be greater than 0 and window at least 1")

    def run_once(self) -> Dispatched:
        """Queue what is due, fail what is too late, admit what may begin, announce what waits."""
        enqueued, expired = self.ledger.call(lambda: (_enqueue_due(), _expire()))
        # By itself, because it waits for whoever admits runs of the same job.
        admitted = self.ledger.call(admission.admit_all)
        hints = self.ledger.call(self._lost)
        publisher.offer_all(hints + enqueued + admitted)
        return Dispatched(len(hints), len(enqueued), expired, len(admitted))

    def _lost(self) -> list[Hint]:
        jobs = [job.name for job in registry.all()]
        before = Now() - dt.timedelta(seconds=self.patience)
        heads: list[uuid.UUID] = []
        for queue in _served():
            line = Run.objects.claimable().waiting_in_line().filter(queue=queue, job__in=jobs)
            heads += line.values_list("pk", flat=True)[: self.window]
        lost = (
            Run.objects.filter(pk__in=heads, state=RunState.QUEUED)
            .alias(announced_at=Coalesce("dispatched_at", "created_at"))
            .filter(announced_at__lt=before)
        )
        runs = list(lost.waiting_in_line().only("id", "job", "queue"))
        if runs:
            Run.objects.filter(pk__in=[run.pk for run in runs]).update(dispatched_at=Now())
        return [Hint(run.pk, run.job, run.queue) for run in runs]


def _served() -> set[str]:
    """Return the queues that a worker listens to; all that are known when none says so."""
    rows = Worker.objects.filter(is_stopping=False).values_list("queues", flat=True)
    served = {queue for queues in rows for queue in queues}
    return served or {"default", *(job.queue for job in registry.all())}


def _enqueue_due() -> list[Hint]:
    due = list(Run.objects.due().order_by(F("available_at"))[:BATCH])
    queued = [run for run in due if run.enqueue()]
    _tell(queued, RunState.QUEUED)
    return [Hint(run.pk, run.job, run.queue) for run in queued]


def _expire() -> int:
    fault = Fault("Expired", _("The run had not started by its deadline."))
    late = list(Run.objects.expired()[:BATCH])
    expired = [run for run in late if run.expire(fault=fault, now=clock.now())]
    for run in expired:
        after_end(run.refresh(), RunState.FAILED)
    _tell(expired, RunState.FAILED)
    return len(expired)


def _tell(runs: list[Run], state: RunState) -> None:
    for run in runs:
        events.emit(events.moved(run, state))
