"""`schedule`: say in the code when a job starts by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_args

from django.conf import settings

from samovar.exceptions import InvalidJob, InvalidParams
from samovar.jobs.job import Job
from samovar.rhythm import Cron, Every, InvalidRhythm, Rhythm

Overlap = Literal["skip", "queue", "replace"]
CatchUp = Literal["none", "last"]
J = TypeVar("J", bound=Job[..., Any])


@dataclass(frozen=True, slots=True)
class Declaration:
    """A schedule that the code declares.

    `target` is the name of a job; where `is_task`, of a plain Celery task, and `params` are its
    "args", "kwargs" and "options" then.
    """

    name: str
    target: str
    rhythm: Rhythm
    params: Mapping[str, Any] = field(default_factory=dict)
    overlap: Overlap = "skip"
    catch_up: CatchUp = "none"
    until: dt.datetime | None = None
    is_task: bool = False


_declared: dict[str, tuple[Job[..., Any], Declaration]] = {}


def schedule(
    *,
    every: dt.timedelta | None = None,
    cron: str | None = None,
    zone: str | None = None,
    params: Mapping[str, Any] | None = None,
    name: str | None = None,
    overlap: Overlap = "skip",
    catch_up: CatchUp = "none",
    until: dt.datetime | None = None,
) -> Callable[[J], J]:
    """Start a job by itself: `@schedule(every=timedelta(minutes=5))` above `@job`.

    Args:
        every: The interval, counted from the epoch: every five minutes is at :00, :05, :10.
        cron: Instead of `every`: minute, hour, day of month, month, day of week.
        zone: The IANA time zone of `cron` (default: the setting TIME_ZONE).
        params: What each run is given.
        name: What the schedule is called (default: the job's name); a second one needs its own.
        overlap: What a tick does while an earlier run has not ended: `skip` it, `queue` another
            run, or `replace` the earlier one, which is cancelled.
        catch_up: What becomes of ticks that nobody was there for: `none` of them, or the `last`.
        until: The last instant at which it may tick, with its time zone.

    Returns a decorator that gives the job back as it is, so it can be called as well:
    `schedule(cron="0 9 * * 1")(digest)`. Raises InvalidJob, which says what to change.
    """

    def declare(job: J) -> J:
        _refuse_others(overlap, Overlap)
        _refuse_others(catch_up, CatchUp)
        if not isinstance(job, Job):
            raise InvalidJob("@schedule stands above @job: give it a job.")
        if until is not None and until.tzinfo is None:
            raise InvalidJob("@schedule(until=…) needs a time zone: datetime(…, tzinfo=UTC).")
        rhythm, stored = _rhythm(every, cron, zone), _params(job, params)
        called = name or job.name
        _add(job, Declaration(called, job.name, rhythm, stored, overlap, catch_up, until))
        return job

    return declare


def declared() -> list[Declaration]:
    """Return the schedules that the loaded jobs declare, by name."""
    return [_declared[name][1] for name in sorted(_declared)]


def _add(job: Job[..., Any], declaration: Declaration) -> None:
    """Enter a declaration; a module that is loaded again brings another object of the same job."""
    owner, kept = _declared.get(declaration.name, (None, declaration))
    if owner is job or kept.target != declaration.target:
        raise InvalidJob(
            f"@schedule of {job.name!r}: there is a schedule named {declaration.name!r} already, "
            f"of the job {kept.target!r}. Give this one another name."
        )
    _declared[declaration.name] = job, declaration


def _rhythm(every: dt.timedelta | None, cron: str | None, zone: str | None) -> Rhythm:
    if (every is None) == (cron is None):
        raise InvalidJob("@schedule takes either `every` (a timedelta) or `cron`.")
    if every is not None and zone is not None:
        raise InvalidJob("@schedule: an interval has no time zone; leave `zone` out.")
    try:
        if every is not None:
            return Every(every.total_seconds())
        return Cron(cron or "", zone or settings.TIME_ZONE)
    except InvalidRhythm as error:
        raise InvalidJob(f"@schedule: {error}") from error


def _params(job: Job[..., Any], given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    try:
        return job.signature.validate(job.signature.bind((), dict(given or {})))
    except InvalidParams as error:
        raise InvalidJob(f"@schedule(params=…) of {job.name!r}: {error}") from error


def _refuse_others(given: str, known: Any) -> None:
    if given not in get_args(known):
        choices = ", ".join(repr(one) for one in get_args(known))
        raise InvalidJob(f"@schedule: {given!r} is none of {choices}.")
