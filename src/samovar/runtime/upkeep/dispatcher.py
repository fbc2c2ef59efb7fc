"""The dispatcher: lets workers know of runs that wait although nobody has taken them.

A message may be lost with its broker or its publisher. Whatever has waited for some seconds is
announced again, the first of each line and only a few at a time: a worker that has ended a run
takes the next from the ledger by itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from samovar import clock
from samovar.models import Queue, Run
from samovar.runtime import publisher
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


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Announce what waits; the leader does so.

    `patience` is how many seconds a run may wait before it is announced again, `window` how many
    are announced in a round.
    """

    ledger: LedgerThread
    patience: float = 1.5
    window: int = 8

    def __post_init__(self) -> None:
        if self.patience <= 0 or self.window < 1:
            raise ValueError("patience must be greater than 0 and window at least 1")

    def run_once(self) -> Dispatched:
        """Queue what is due, fail what came too late, announce what waits."""
        enqueued = self.ledger.call(_enqueue_due)
        expired = self.ledger.call(_expire)
        hints = self.ledger.call(self._lost)
        for hint in hints + enqueued:
            publisher.offer(hint)
        return Dispatched(len(hints), len(enqueued), expired)

    def _lost(self) -> list[Hint]:
        before = Now() - dt.timedelta(seconds=self.patience)
        waiting = (
            Run.objects.waiting_in_line()
            .annotate(announced_at=Coalesce("dispatched_at", "created_at"))
            .filter(Q(announced_at__lt=before))
            .exclude(queue__in=Queue.paused())[: self.window]
        )
        runs = list(waiting.only("id", "job", "queue"))
        Run.objects.filter(pk__in=[run.pk for run in runs]).update(dispatched_at=Now())
        return [Hint(run.pk, run.job, run.queue) for run in runs]


def _enqueue_due() -> list[Hint]:
    due = list(Run.objects.due().order_by(F("available_at"))[:BATCH])
    return [Hint(run.pk, run.job, run.queue) for run in due if run.enqueue()]


def _expire() -> int:
    fault = Fault("Expired", _("The run had not started by its deadline."))
    late = list(Run.objects.expired()[:BATCH])
    return sum(run.expire(fault=fault, now=clock.now()) for run in late)
