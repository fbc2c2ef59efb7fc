"""The dispatcher: lets workers know of runs that wait although nobody has taken them.

A message may be lost with its broker or its publisher. What has waited for some seconds although
slots rest is announced again: the first of each line, and no more than slots rest. While all are
busy nothing is, however long the line: a slot that ends a run takes the next from the ledger by
itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from samovar import clock
from samovar.jobs import registry
from samovar.models import HELD, Run, RunState
from samovar.runtime import admission, publisher, tally
from samovar.runtime.ends import after_end
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.living import living
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
    of each line are at most, the first ones.
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
        admitted = self.ledger.call(admission.admit_all)
        hints = self.ledger.call(self._lost)
        publisher.offer_all(hints + enqueued)
        return Dispatched(len(hints), len(enqueued), expired, len(admitted))

    def _lost(self) -> list[Hint]:
        before = Now() - dt.timedelta(seconds=self.patience)
        heads: list[uuid.UUID] = []
        for queue, rest in _resting().items():
            line = Run.objects.claimable().waiting_in_line().filter(queue=queue, job__in=rest.jobs)
            heads += line.values_list("pk", flat=True)[: min(self.window, rest.slots)]
        lost = (
            Run.objects.filter(pk__in=heads, state=RunState.QUEUED)
            .alias(announced_at=Coalesce("dispatched_at", "created_at"))
            .filter(announced_at__lt=before)
        )
        runs = list(lost.waiting_in_line().only("id", "job", "queue"))
        if runs:
            Run.objects.filter(pk__in=[run.pk for run in runs]).update(dispatched_at=Now())
        return [Hint(run.pk, run.job, run.queue) for run in runs]


@dataclass(slots=True)
class _Rest:
    """How many slots rest that listen to a queue, and the jobs that their workers know."""

    slots: int = 0
    jobs: set[str] = field(default_factory=set)


def _resting() -> dict[str, _Rest]:
    """Return the queues that somebody listens to."""
    workers = living()
    held = Run.objects.filter(state__in=HELD, worker__in=[worker.pk for worker in workers])
    busy = Counter(held.values_list("worker_id", flat=True))
    queues: dict[str, _Rest] = defaultdict(_Rest)
    for worker in workers:
        for queue in worker.queues:
            queues[queue].slots += max(0, worker.slots - busy[worker.pk])
            # A worker of an older release says nothing of its jobs.
            queues[queue].jobs.update(worker.jobs or [job.name for job in registry.all()])
    return queues


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
        tally.tell(run, state)
