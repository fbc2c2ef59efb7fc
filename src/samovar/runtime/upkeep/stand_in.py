"""The stand-in: does for the jobs of newer code what a leader of older code cannot.

While a deploy goes on, the leader may not know a job: it can neither admit the runs that the job's
limits hold back, nor let its schedules tick. A worker that knows more than the leader does both,
for all jobs that it knows: each is safe in any number of processes.
"""

from __future__ import annotations

from dataclasses import dataclass

from samovar import conf
from samovar.models import Leader, Worker
from samovar.runtime import admission
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.upkeep.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class StandIn:
    """Admit and tick beside a leader that knows less; every worker that does not lead does so.

    `jobs` are those that this worker knows.
    """

    ledger: LedgerThread
    jobs: tuple[str, ...]
    scheduler: Scheduler

    def run_once(self) -> bool:
        """Do one round; answer whether there was anything to stand in for."""
        if not self.ledger.call(self._knows_more):
            return False
        self.ledger.call(admission.admit_all)
        if conf.options().SCHEDULES:
            self.scheduler.run_once()
        return True

    def _knows_more(self) -> bool:
        """Return whether the leader's code lacks a job of ours; a leader of an older release says
        nothing of its jobs.
        """
        leaders = list(Leader.objects.values_list("worker_id", flat=True))
        known = Worker.objects.filter(pk__in=leaders).values_list("jobs", flat=True).first()
        return known is not None and not set(self.jobs) <= set(known)
