"""The loop of the upkeep: who does what how often. The services themselves hold no loop and no
sleep.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from samovar import conf
from samovar.models import Leader, Run
from samovar.models.statement import Statement
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.tally import Tally
from samovar.runtime.upkeep.dispatcher import Dispatcher
from samovar.runtime.upkeep.filing import Filing
from samovar.runtime.upkeep.groups import GroupEnds
from samovar.runtime.upkeep.lookout import Lookout
from samovar.runtime.upkeep.pruner import Pruner
from samovar.runtime.upkeep.rescuer import DeadWorkers, OverdueLeases
from samovar.runtime.upkeep.scheduler import Scheduler
from samovar.runtime.upkeep.stand_in import StandIn

logger = logging.getLogger(__name__)

DEAD_WORKERS_SECONDS = 0.2
LEADER_SECONDS = 1.0
PRUNE_SECONDS = 10.0
FILE_SECONDS = 60.0
COUNT_SECONDS = 5.0
TERM = dt.timedelta(seconds=5)
"""How long a leader leads unless it says again that it does."""


class Upkeep:
    """The thread in which one worker does its share of the upkeep."""

    def __init__(self, ledger: LedgerThread, worker_id: uuid.UUID, lookout: Lookout) -> None:
        self._ledger = ledger
        self._worker_id = worker_id
        self._lookout = lookout
        self._dead_workers = DeadWorkers(ledger, worker_id)
        self._tally = Tally()
        self._tally.open()
        self._scheduler = Scheduler(ledger)
        self._group_ends = GroupEnds(ledger)
        self._pruner = Pruner(ledger)
        self._pruned_at = 0.0
        self._stand_in = StandIn(ledger, lookout.jobs, self._scheduler)
        self._filing = Filing(ledger)
        self._filed_at = -FILE_SECONDS
        self._leading: list[Any] = [OverdueLeases(ledger), Dispatcher(ledger)]
        self._sure_until = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="samovar-upkeep", daemon=True)

    def start(self) -> None:
        """Begin: what dead workers held is taken up at once."""
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End after the present step, and let another lead."""
        self._stopped.set()
        self._thread.join(timeout)
        self._tally.close()
        self._ledger.call(self._tally.write)
        self._ledger.call(lambda: Leader.resign(self._worker_id))

    def _work(self) -> None:
        lead_at = count_at = 0.0
        while not self._stopped.is_set():
            if time.monotonic() >= count_at:
                count_at = time.monotonic() + COUNT_SECONDS
                self._guarded(self._count)
            self._guarded(self._dead_workers.run_once)
            if time.monotonic() >= lead_at:
                lead_at = time.monotonic() + LEADER_SECONDS
                self._guarded(self._lead)
                self._guarded(self._lookout.run_once)
            self._stopped.wait(DEAD_WORKERS_SECONDS)

    def _count(self) -> None:
        if self._tally.is_filled:
            self._ledger.call(self._tally.write)

    def _lead(self) -> None:
        if not self._leads():
            self._guarded(self._stand_in.run_once)
            return
        if conf.options().SCHEDULES:
            self._guarded(self._scheduler.run_once)
        self._guarded(self._group_ends.run_once)
        self._prune()
        self._file()
        if self._ledger.call(_has_active):
            for service in self._leading:
                self._guarded(service.run_once)

    def _prune(self) -> None:
        options = conf.options()
        is_due = time.monotonic() - self._pruned_at >= PRUNE_SECONDS
        if is_due and (options.KEEP_DAYS or options.KEEP_FAILED_DAYS):
            self._guarded(self._pruner.run_once)
            self._pruned_at = time.monotonic()

    def _file(self) -> None:
        if time.monotonic() - self._filed_at >= FILE_SECONDS:
            self._guarded(self._filing.run_once)
            self._filed_at = time.monotonic()

    def _leads(self) -> bool:
        """Return whether this worker leads; in the first half of its term it need not ask."""
        asked_at = time.monotonic()
        if asked_at >= self._sure_until:
            if not self._ledger.call(lambda: Leader.lead(self._worker_id, TERM)):
                return False
            self._sure_until = asked_at + TERM.total_seconds() / 2
        return True

    def _guarded(self, step: Callable[[], object]) -> None:
        """Do `step`; what goes wrong is said, and done again the next time."""
        try:
            step()
        except Exception:
            logger.exception("The upkeep failed in one step; it goes on.")


def _has_active() -> bool:
    return _active().first() is not None


@functools.cache
def _active() -> Statement:
    """Return the look for a run that has not ended, composed once: it is done each second."""
    return Statement.select(Run.objects.active().values_list("pk")[:1])
