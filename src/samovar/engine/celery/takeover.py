"""`CELERY_BEAT_SCHEDULE` as schedules of the ledger."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

import celery
from celery.schedules import crontab
from celery.schedules import schedule as interval

from samovar.exceptions import InvalidParams, SamovarError
from samovar.jobs import registry
from samovar.jobs.schedule import Declaration
from samovar.rhythm import Cron, Every, InvalidRhythm, Rhythm

logger = logging.getLogger(__name__)

SCHEDULER = "samovar.engine.celery.beat:Scheduler"


class _Refused(SamovarError):
    """An entry asks for what a schedule of the ledger does not do."""


def declarations() -> Iterator[Declaration]:
    """Yield what the current app's settings declare, where Samovar's scheduler is its beat's.

    With another scheduler the entries are that one's, and would tick twice.
    """
    app: Any = celery.current_app
    if str(app.conf.beat_scheduler).replace(":", ".") != SCHEDULER.replace(":", "."):
        return
    for name, entry in sorted((app.conf.beat_schedule or {}).items()):
        try:
            yield _declaration(app, name, entry)
        except (_Refused, InvalidParams, InvalidRhythm) as error:
            logger.warning("CELERY_BEAT_SCHEDULE[%r] does not tick: %s", name, error)


def _declaration(app: Any, name: str, entry: dict[str, Any]) -> Declaration:
    rhythm = _rhythm(app, entry["schedule"])
    args, kwargs = list(entry.get("args") or ()), dict(entry.get("kwargs") or {})
    options = dict(entry.get("options") or {})
    job = next((job for job in registry.all() if job.name == entry["task"]), None)
    if job is None:
        call = {"args": args, "kwargs": kwargs, "options": options}
        return Declaration(name, entry["task"], rhythm, call, is_task=True)
    if options:
        raise _Refused(
            f"{job.name!r} is a job, whose schedules have no options ({', '.join(options)}). "
            "Declare them with @job."
        )
    return Declaration(
        name, job.name, rhythm, job.signature.validate(job.signature.bind(args, kwargs))
    )


def _rhythm(app: Any, given: Any) -> Rhythm:
    if isinstance(given, crontab):
        return Cron(_expression(given), str(app.timezone))
    # A subclass may tick by rules of its own.
    seconds = _seconds(given.__dict__["run_every"] if type(given) is interval else given)
    if seconds is None:
        raise _Refused(f"a schedule of the type {type(given).__name__} is not known here.")
    return Every(seconds)


def _expression(given: Any) -> str:
    """Return Celery's crontab as cron writes it; what the settings say is private there."""
    fields = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    return " ".join(_field(getattr(given, f"_orig_{name}")) for name in fields)


def _field(given: Any) -> str:
    """Return one field; Celery takes sets and lists as well."""
    if isinstance(given, (set, frozenset, list, tuple)):
        return ",".join(str(one) for one in sorted(given))
    return str(given)


def _seconds(given: Any) -> float | None:
    if isinstance(given, dt.timedelta):
        return given.total_seconds()
    return float(given) if type(given) in (int, float) else None
