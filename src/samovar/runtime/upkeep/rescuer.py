"""The rescuer: takes up again what dead workers held.

On one host a freed lock proves that a worker's tree is gone: whoever gets the lock sweeps what
escaped by its brand, and gives the runs back. A lease that the database's clock has passed is
taken up by the leader, wherever its worker was.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from samovar import brand
from samovar.models import HELD, Attempt, Leader, Run, Worker
from samovar.runtime import host
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle_now
from samovar.types import Ending, Outcome


@dataclass(frozen=True, slots=True)
class Rescued:
    """What one round did."""

    workers: int = 0
    runs: int = 0


@dataclass(frozen=True, slots=True)
class DeadWorkers:
    """Rescue what the dead workers of this host held; every worker does so."""

    ledger: LedgerThread
    worker_id: uuid.UUID

    def run_once(self) -> Rescued:
        """Take over each worker of this host whose lock is free."""
        workers = runs = 0
        for worker in self.ledger.call(self._others):
            lock = host.take_over(worker.pk)
            if lock is None:
                continue
            try:
                runs += self._rescue(worker)
                workers += 1
            finally:
                host.leave(worker.pk, lock)
        return Rescued(workers, runs)

    def _others(self) -> list[Worker]:
        rows = Worker.objects.filter(host_key=host.host_key()).exclude(pk=self.worker_id)
        return list(rows)

    def _rescue(self, worker: Worker) -> int:
        held = self.ledger.call(lambda: list(Run.objects.filter(worker=worker, state__in=HELD)))
        reason = _("the worker {name} (pid {pid}) is gone.").format(
            name=worker.name, pid=worker.pid
        )
        for run in held:
            take_up(self.ledger, run, reason)
        self.ledger.call(lambda: _forget(worker.pk))
        return len(held)


@dataclass(frozen=True, slots=True)
class OverdueLeases:
    """Rescue what nobody has renewed in time; the leader does so."""

    ledger: LedgerThread

    def run_once(self) -> Rescued:
        """Take up each run whose lease has passed."""
        overdue = self.ledger.call(lambda: list(Run.objects.overdue()))
        for run in overdue:
            take_up(self.ledger, run, _("its worker did not renew the lease in time."))
        return Rescued(runs=len(overdue))


def take_up(ledger: LedgerThread, run: Run, reason: str) -> None:
    """End the attempt that holds `run` as lost, after nothing of it is left on this host."""
    token = run.token
    if token is None:
        return
    attempt = ledger.call(lambda: Attempt.objects.filter(token=token).first())
    if attempt is not None and attempt.brand is not None:
        brand.sweep_brand(attempt.brand)
    claimed = _claimed(run, token)
    ending = Ending(Outcome.LOST, reason=reason)
    ledger.call(lambda: settle_now(claimed, ending, Recorder(None, _renumbered(claimed))))


def _renumbered(claimed: Claimed) -> Claimed:
    """Return the same with the number of the line that comes next by now."""
    return _claimed(Run.objects.get(pk=claimed.run_id), claimed.token)


def _claimed(run: Run, token: uuid.UUID) -> Claimed:
    return Claimed(
        run_id=run.pk,
        job=run.job,
        params=run.params,
        queue=run.queue,
        priority=run.priority,
        attempt=run.attempt,
        max_attempts=run.max_attempts,
        failures=run.failures,
        losses=run.losses,
        crashes=run.crashes,
        token=token,
        brand=0,
        checkpoint=None if run.checkpoint is None else json.dumps(run.checkpoint),
        next_line=run.log_lines + 1,
    )


def _forget(worker_id: uuid.UUID) -> None:
    Worker.objects.filter(pk=worker_id).delete()
    Leader.resign(worker_id)
