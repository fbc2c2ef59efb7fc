"""The scheduler: lets the schedules tick; the leader does so."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass

from samovar import clock, conf
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.schedules.declared import take_over_all
from samovar.runtime.schedules.fire import Fired, fire

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one round did: how many ticks this process had."""

    ticks: int = 0


class Scheduler:
    """Act upon the ticks that have come."""

    def __init__(self, ledger: LedgerThread) -> None:
        self._ledger = ledger
        self._declared: frozenset[str] | None = None

    def run_once(self, now: dt.datetime | None = None) -> Ticked:
        """Fire what is due; the first round takes over what the code declares."""
        at = now or clock.now()
        if self._declared is None:
            self._declared = self._ledger.call(lambda: take_over_all(at))
        declared = self._declared
        fired = self._ledger.call(lambda: fire(at, declared))
        if sent := [one for one in fired if one.schedule.is_task]:
            # The broker may be away: what else the leader does shall not wait for it.
            threading.Thread(target=send_tasks, args=[sent], daemon=True).start()
        return Ticked(len(fired))


def send_tasks(fired: list[Fired]) -> None:
    """Send the plain tasks of ticks; what the broker does not take is said, and not made up."""
    for one in fired:
        try:
            conf.load("ENGINE").send_task(one.schedule.job, one.schedule.params)
        except Exception:
            logger.exception("The tick of %s was not sent.", one.schedule.name)
