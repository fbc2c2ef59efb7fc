"""What the code declares: `@schedule`, and Celery's own settings."""

from __future__ import annotations

import datetime as dt

from samovar import conf
from samovar.jobs.schedule import Declaration, declared
from samovar.models import Origin
from samovar.runtime.schedules.takeover import take_over


def names() -> frozenset[str]:
    """Return the names of the schedules that this process's code declares."""
    return frozenset(one.name for one in (*declared(), *_of_celery()))


def take_over_all(now: dt.datetime) -> frozenset[str]:
    """Bring the rows in step with the code, and return the names that it declares."""
    take_over(declared(), Origin.CODE, now)
    take_over(_of_celery(), Origin.CELERY, now)
    return names()


def _of_celery() -> list[Declaration]:
    found: list[Declaration] = conf.load("ENGINE").schedules()
    return found
