"""The scheduler: lets the schedules tick; the leader does so."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass

from samovar import clock, conf
from samovar.jobs.schedule import Declaration, declared
from samovar.models import Origin
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.schedules.fire import Fired, fire
from samovar.runtime.schedules.takeover import take_over

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one round did: how many ticks this process had."""

    ticks: int = 0


class Scheduler:
    """Act upon the ticks that have come."""

    def __init__(self, ledger: LedgerThread) -> None:
        self._ledger = ledger
        self._tasks: frozenset[str] | None = None

    def run_once(self, now: dt.datetime | None = None) -> Ticked:
        """Fire what is due; the first round takes over what the code declares."""
        at = now or clock.now()
        if self._tasks is None:
            self._ledger.call(lambda: take_over_all(at))
            self._tasks = plain_tasks()
        tasks = self._tasks
        fired = self._ledger.call(lambda: fire(at, tasks))
        if sent := [one for one in fired if one.schedule.is_task]:
            # The broker may be away: what else the leader does shall not wait for it.
            threading.Thread(target=send_tasks, args=[sent], daemon=True).start()
        return Ticked(len(fired))


def take_over_all(now: dt.datetime) -> None:
    """Bring the rows in step with the code's schedules and those of Celery's settings."""
    take_over(declared(), Origin.CODE, now)
    take_over(_of_celery(), Origin.CELERY, now)


def plain_tasks() -> frozenset[str]:
    """Return the names of the plain tasks that Celery's settings schedule."""
    return frozenset(one.target for one in _of_celery() if one.is_task)


def send_tasks(fired: list[Fired]) -> None:
    """Send the plain tasks of ticks; what the broker does not take is said, and not made up."""
    for one in fired:
        try:
            conf.load("ENGINE").send_task(one.schedule.job, one.schedule.params)
        except Exception:
            logger.exception("The tick of %s was not sent.", one.schedule.name)


def _of_celery() -> list[Declaration]:
    found: list[Declaration] = conf.load("ENGINE").schedules()
    return found
