"""Claim: a worker takes a run in the database, the only way to begin an attempt."""

from __future__ import annotations

import datetime as dt
import functools
import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.db import connection

from samovar import clock, conf
from samovar.jobs import registry
from samovar.models import HELD, Attempt, Run
from samovar.models.run import RunQuerySet
from samovar.models.statement import Param, Statement
from samovar.models.wire import Wire
from samovar.runtime import at_once, events
from samovar.runtime.at_once import Success


@dataclass(frozen=True, slots=True)
class Holder:
    """Who claims: the worker's id, name and host."""

    worker_id: uuid.UUID
    name: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a worker holds after it has claimed a run."""

    run_id: uuid.UUID
    job: str
    params: dict[str, Any]
    queue: str
    priority: int
    attempt: int
    max_attempts: int
    failures: int
    losses: int
    crashes: int
    token: uuid.UUID
    brand: int
    checkpoint: str | None
    trail: str | None
    next_line: int
    """The number of the first line that this attempt will write."""
    limit_key: str | None = None
    started_at: dt.datetime | None = None
    group_id: uuid.UUID | None = None


_TOLD = (
    "id", "job", "params", "queue", "priority", "created_at", "attempt", "max_attempts",
    "failures", "losses", "crashes", "checkpoint", "trail", "log_lines", "limit_key",
    "group_id",
)  # fmt: skip
"""What a claim tells of its run: a column that is not read is not composed into the query."""


def claim(
    run_id: uuid.UUID,
    *,
    token: uuid.UUID,
    holder: Holder,
    pid: int,
    brand: int,
    is_first: bool = False,
) -> Claimed | None:
    """Take the run for an attempt by `holder` in the process `pid`; None when it is not to be had:
    it has ended or is held, its queue is paused, its deadline has passed, or its job is not known
    here.

    Requires a transaction. With the token of an earlier call, whose answer was lost, the same
    claim is answered; that is not looked for when the call `is_first`.
    """
    names = tuple(job.name for job in registry.all())
    if is_first and at_once.is_possible():
        named = _named(names)
        bid: Any = {"token": token, "holder": holder, "pid": pid, "brand": brand}
        return _told(_take_at_once(named, [{"pk": run_id}], **bid)[1])
    run = _read(_one(names), pk=run_id)
    taken = run and _take(run, token, holder, pid, brand)
    return _told(taken or (None if is_first else claimed_by(token, brand)))


def take(run: Run, *, token: uuid.UUID, holder: Holder, pid: int) -> Claimed | None:
    """Take a run that the caller itself has just written, and performs; whatever its job is.

    Requires a transaction. What the attempt starts has no brand: nobody sweeps it.
    """
    return _told(_take(run, token, holder, pid, None))


def claim_next(
    *,
    token: uuid.UUID,
    queues: Collection[str],
    jobs: Collection[str],
    holder: Holder,
    pid: int,
    brand: int,
    is_first: bool = False,
) -> Claimed | None:
    """Take the run that is first in the line of `queues`, among `jobs`; None when nothing waits.

    Requires a transaction. Answers an earlier call with the same token again, unless this one
    `is_first`.
    """
    if is_first and at_once.is_possible():
        statement = _first_of(len(queues), tuple(jobs))
        bid: Any = {"token": token, "holder": holder, "pid": pid, "brand": brand}
        return _told(_take_at_once(statement, _lines(queues), **bid)[1])
    if not is_first and Attempt.is_known(token):
        return _told(claimed_by(token, brand))
    # A look at each line by itself: the index has them one after the other.
    heads = [head for queue in queues if (head := _read(_line(tuple(jobs)), queue=queue))]
    if not heads:
        return None
    first = min(heads, key=lambda run: (-run.priority, run.created_at, run.id))
    return _told(_take(first, token, holder, pid, brand))


def claim_on(
    wire: Wire,
    run_id: uuid.UUID | None,
    *,
    queues: tuple[str, ...],
    jobs: tuple[str, ...],
    **bid: Any,
) -> Claimed | None:
    """Do `claim`, if a run is named, or else `claim_next`, each as a first call and as a statement
    on `wire`, which is a transaction; the caller tells of it.
    """
    claimed = None
    if run_id is not None:
        claimed = _take_at_once(_named(jobs), [{"pk": run_id}], wire=wire, **bid)[1]
    if claimed is None:
        claimed = _take_at_once(_first_of(len(queues), jobs), _lines(queues), wire=wire, **bid)[1]
    return claimed


def claim_behind(
    success: Success, wire: Wire, *, queues: tuple[str, ...], jobs: tuple[str, ...], **bid: Any
) -> tuple[bool, Claimed | None]:
    """Write `success` and do `claim_next` as a first call, both in one statement on `wire`; answer
    whether the success was won, without which nothing is claimed. The caller tells of both.
    """
    statement = _behind(len(queues), jobs)
    return _take_at_once(statement, _lines(queues), wire=wire, success=success, **bid)


def claimed_by(token: uuid.UUID, brand: int) -> Claimed | None:
    """Return what the attempt with this token holds; None when it holds nothing (any more).

    Requires a transaction.
    """
    run = Run.objects.filter(state__in=HELD, token=token).select_for_update().first()
    return (
        None
        if run is None
        else _claimed(run, token, brand, attempt=run.attempt, started_at=run.attempt_started_at)
    )


def _read(statement: Statement, **values: Any) -> Run | None:
    row = statement.first(**values)
    return None if row is None else Run(**dict(zip(_TOLD, row, strict=True)))


@functools.cache
def _one(jobs: tuple[str, ...]) -> Statement:
    """Return the look at one run."""
    return Statement.select(_unlocked(_claimable(jobs)).values_list(*_TOLD))


@functools.cache
def _line(jobs: tuple[str, ...]) -> Statement:
    """Return the look at the head of one line."""
    return Statement.select(_unlocked(_queued(jobs)).values_list(*_TOLD)[:1])


@functools.cache
def _first_of(count: int, jobs: tuple[str, ...]) -> Statement:
    """Return the claim of the first run of so many lines."""
    return at_once.taking([_queued(jobs)] * count, _TOLD)


@functools.cache
def _behind(count: int, jobs: tuple[str, ...]) -> Statement:
    """Return the same behind the success of another run."""
    return at_once.changing([_queued(jobs)] * count, _TOLD)


@functools.cache
def _named(jobs: tuple[str, ...]) -> Statement:
    """Return the claim of one run."""
    return at_once.taking([_claimable(jobs)], _TOLD)


_PK = Param("pk", Run._meta.pk)  # noqa: SLF001 - Django's documented API


def _claimable(jobs: tuple[str, ...]) -> RunQuerySet:
    return Run.objects.claimable().filter(pk=_PK, job__in=jobs)


def _queued(jobs: tuple[str, ...]) -> RunQuerySet:
    line = Run.objects.claimable().waiting_in_line()
    return line.filter(queue=Param.of(Run, "queue"), job__in=jobs)


def _lines(queues: Collection[str]) -> list[dict[str, Any]]:
    """Return the values of each line."""
    return [{"queue": queue} for queue in queues]


def _take_at_once(
    statement: Statement,
    lines: list[dict[str, Any]],
    *,
    token: uuid.UUID,
    holder: Holder,
    brand: int,
    wire: Wire | None = None,
    success: Success | None = None,
    **attempt: Any,
) -> tuple[bool, Claimed | None]:
    row = at_once.take(
        statement,
        token=token,
        worker_id=holder.worker_id,
        now=clock.now(),
        lines=lines,
        wire=wire,
        success=success,
        worker=holder.name,
        host=holder.host,
        brand=brand,
        **attempt,
    )
    if row is None or row[0] is None:
        return bool(row and row[-1]), None
    run = SimpleNamespace(**dict(zip((*_TOLD, "begins_at"), row, strict=False)))
    claimed = _claimed(run, token, brand, attempt=run.attempt + 1, started_at=run.begins_at)
    return True, claimed


def _unlocked(runs: RunQuerySet) -> RunQuerySet:
    """Leave out what another worker is taking at this moment, and keep the rest for us."""
    if connection.features.has_select_for_update_skip_locked:
        return runs.select_for_update(skip_locked=True)
    return runs


def _take(
    run: Run, token: uuid.UUID, holder: Holder, pid: int, brand: int | None
) -> Claimed | None:
    now = max(clock.now(), _end_of_last(run))
    lease = dt.timedelta(seconds=conf.options().LEASE_SECONDS)
    if not run.claim(token=token, worker_id=holder.worker_id, lease=lease, now=now):
        return None
    Attempt.begin(
        run=run.pk,
        number=run.attempt + 1,
        token=token,
        worker_id=holder.worker_id,
        worker=holder.name,
        host=holder.host,
        pid=pid,
        brand=brand,
        started_at=now,
    )
    return _claimed(run, token, brand or 0, attempt=run.attempt + 1, started_at=now)


def begun(claimed: Claimed) -> events.RunStarted:
    """Return the news of an attempt that has begun."""
    before = claimed.next_line - 1
    return events.RunStarted(claimed.run_id, claimed.job, claimed.attempt, before)


def _told(claimed: Claimed | None) -> Claimed | None:
    if claimed is not None:
        events.emit(begun(claimed))
    return claimed


def _end_of_last(run: Run) -> dt.datetime:
    """Return when the attempt before ended: whatever another host's clock said, none begins before
    that.
    """
    if not run.attempt:
        return run.created_at
    last = Attempt.objects.filter(run=run, number=run.attempt).first()
    return (last and last.finished_at) or run.created_at


def _claimed(
    run: Run | SimpleNamespace,
    token: uuid.UUID,
    brand: int,
    *,
    attempt: int,
    started_at: dt.datetime | None,
) -> Claimed:
    return Claimed(
        run_id=run.id,
        job=run.job,
        params=run.params,
        queue=run.queue,
        priority=run.priority,
        attempt=attempt,
        max_attempts=run.max_attempts,
        failures=run.failures,
        losses=run.losses,
        crashes=run.crashes,
        token=token,
        brand=brand,
        checkpoint=_text(run.checkpoint),
        trail=_text(run.trail),
        next_line=run.log_lines + 1,
        limit_key=run.limit_key,
        started_at=started_at,
        group_id=run.group_id,
    )


def _text(saved: Any) -> str | None:
    return None if saved is None else json.dumps(saved, ensure_ascii=False)
