"""The scheduler class of `celery beat`: the ledger's schedules, in any number of copies.

Each tick is had by one process (see Note [A tick is unique]), so a second beat is a spare, and the
workers' own upkeep is another.
"""

from __future__ import annotations

import datetime as dt
import gc
import logging
from typing import Any

from celery import beat
from celery.utils.log import get_logger
from django.db import Error, close_old_connections

from samovar import clock, transactions
from samovar.models import TickOutcome
from samovar.runtime.schedules.declared import take_over_all
from samovar.runtime.schedules.fire import Fired, fire, next_at
from samovar.runtime.upkeep.scheduler import send_tasks

logger: logging.Logger = get_logger("celery.beat")

LONGEST = 5.0
"""Seconds between two looks at the ledger: a schedule may be made on the site at any time."""
AFTER_FAILURE = 1.0


class Scheduler(beat.Scheduler):
    """Ticks the schedules of the ledger; set it as `CELERY_BEAT_SCHEDULER`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._declared: frozenset[str] | None = None
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Do nothing yet: the ledger may be away, and the first tick takes the code's over."""

    def tick(self, *_: Any, **_options: Any) -> float:
        """Fire what is due and return the seconds until it is worth to look again."""
        now = clock.now()
        try:
            close_old_connections()
            if self._declared is None:
                self._declared = take_over_all(now)
            with transactions.write():
                fired = fire(now, self._declared)
            for one in fired:
                _say(one)
            send_tasks([one for one in fired if one.schedule.is_task])
            return self._pause(next_at(self._declared))
        except Error as error:
            logger.warning("beat: The database did not answer; trying again: %s", error)
            return AFTER_FAILURE

    def _pause(self, at: dt.datetime | None) -> float:
        left = (at - clock.now()).total_seconds() if at else LONGEST
        return max(0.0, min(left, LONGEST))

    def close(self) -> None:
        """Let the process end at once: the interpreter would first spend half a second of CPU on
        collecting what the kernel takes back anyway.
        """
        super().close()
        gc.freeze()

    @property
    def info(self) -> str:
        """What beat prints when it starts."""
        return "    . schedules -> the ledger (samovar_schedule)"


def _say(fired: Fired) -> None:
    schedule, tick = fired.schedule, fired.tick
    if tick.outcome == TickOutcome.STARTED:
        logger.info("Scheduler: Tick of %s: %s[%s]", schedule.name, schedule.job, tick.run_id)
    elif tick.outcome == TickOutcome.SENT:
        logger.info("Scheduler: Sending due task %s (%s)", schedule.name, schedule.job)
    else:
        why = tick.reason or TickOutcome(tick.outcome).label
        logger.warning("Scheduler: Tick of %s: %s", schedule.name, why)
