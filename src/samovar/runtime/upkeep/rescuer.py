"""The rescuer: takes up again what dead workers held.

On one host a freed lock proves that a worker's tree is gone: whoever gets the lock sweeps what
escaped by its brand, and gives the runs back. A lease that the database's clock has passed is
taken up by the leader, wherever its worker was.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import time
import uuid
from dataclasses import dataclass, field

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from samovar import brand, conf
from samovar.models import HELD, Attempt, AttemptState, Leader, Run, Worker
from samovar.runtime import host
from samovar.runtime.claim import claimed_by
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle_now
from samovar.types import Ending, Outcome

logger = logging.getLogger(__name__)

ABSENT_LEASES = 10
"""After so many leases without a beat a worker's row says nothing any more."""
SWEEP_SECONDS = 2.0
"""How long one attempt's remains may hold up the rescue of all others; then they have another
turn.
"""


@dataclass(frozen=True, slots=True)
class Rescued:
    """What one round did."""

    workers: int = 0
    runs: int = 0


@dataclass(frozen=True, slots=True)
class DeadWorkers:
    """Rescue what the dead workers of this host held; every worker does so.

    A round without a dead worker costs a look into a folder.
    """

    ledger: LedgerThread
    worker_id: uuid.UUID

    def run_once(self) -> Rescued:
        """Take over each worker of this host whose lock is free."""
        workers = runs = 0
        for worker_id, lock in host.take_over_dead():
            is_over, count = False, 0
            try:
                is_over, count = self._rescue(worker_id)
            finally:
                # A lock that stays, free again, is found in the next round.
                host.leave(worker_id, lock) if is_over else os.close(lock)
            workers, runs = workers + is_over, runs + count
        return Rescued(workers, runs)

    def _rescue(self, worker_id: uuid.UUID) -> tuple[bool, int]:
        """Take up what the worker held; return whether that was all, and how many runs."""
        attempts = self.ledger.call(lambda: _held_by(worker_id))
        reason = _("Its worker {name} is gone.")
        taken = [take_up(self.ledger, each, reason.format(name=each.worker)) for each in attempts]
        if all(taken):
            self.ledger.call(lambda: _forget(worker_id))
        return all(taken), sum(taken)


@dataclass(frozen=True, slots=True)
class OverdueLeases:
    """Rescue what nobody has renewed in time; the leader does so.

    A worker of this host whose tree lives gets `patience` (seconds) from when its overdue lease is
    seen: after an outage of the database every lease is overdue, and each worker is about to
    renew its own.
    """

    ledger: LedgerThread
    patience: float = 3.0
    _seen: dict[uuid.UUID, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.patience < 0:
            raise ValueError("patience must not be negative")

    def run_once(self) -> Rescued:
        """Take up each run whose lease has passed; forget workers that were long not seen."""
        overdue, absent = self.ledger.call(_overdue_and_absent)
        for token in self._seen.keys() - {attempt.token for attempt in overdue}:
            del self._seen[token]
        reason = _("Its worker {name} on {host} did not renew the lease in time.")
        taken = [
            take_up(self.ledger, each, reason.format(name=each.worker, host=each.host))
            for each in overdue
            if self._is_ripe(each)
        ]
        return Rescued(absent, sum(taken))

    def _is_ripe(self, attempt: Attempt) -> bool:
        if host.is_free(attempt.worker_id):
            return True
        since = self._seen.setdefault(attempt.token, time.monotonic())
        return time.monotonic() - since >= self.patience


def take_up(ledger: LedgerThread, attempt: Attempt, reason: str) -> bool:
    """End `attempt` as lost; False when something of it is still left on this host."""
    if attempt.brand is not None and not brand.sweep_brand(attempt.brand, seconds=SWEEP_SECONDS):
        logger.error(
            "Run %s: processes %s of attempt %s cannot be killed. The run waits until they end.",
            attempt.run_id,
            brand.find_branded(attempt.brand),
            attempt.number,
        )
        return False
    ledger.call(lambda: _lose(attempt, reason))
    return True


def _lose(attempt: Attempt, reason: str) -> None:
    if claimed := claimed_by(attempt.token, attempt.brand or 0):
        settle_now(claimed, Ending(Outcome.LOST, reason=reason), Recorder(None, claimed))


def _held_by(worker_id: uuid.UUID) -> list[Attempt]:
    held = Run.objects.filter(worker_id=worker_id, state__in=HELD)
    return _attempts_of([token for token in held.values_list("token", flat=True) if token])


def _overdue_and_absent() -> tuple[list[Attempt], int]:
    tokens = Run.objects.overdue().values_list("token", flat=True)
    overdue = _attempts_of([token for token in tokens if token])
    silence = dt.timedelta(seconds=ABSENT_LEASES * conf.options().LEASE_SECONDS)
    held = Run.objects.filter(state__in=HELD, worker__isnull=False).values("worker_id")
    absent = Worker.objects.filter(seen_at__lt=Now() - silence).exclude(pk__in=held)
    return overdue, absent.delete()[0]


def _attempts_of(tokens: list[uuid.UUID]) -> list[Attempt]:
    return list(Attempt.objects.filter(token__in=tokens, state=AttemptState.RUNNING))


def _forget(worker_id: uuid.UUID) -> None:
    Worker.objects.filter(pk=worker_id).delete()
    Leader.resign(worker_id)
