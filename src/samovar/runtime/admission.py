"""Admission: which runs of a limited job may begin.

A run whose job has `concurrency` or `rate` is *held back* when it is queued: no worker sees it.
Under a lock of its job, which is taken at the end of a transaction (others wait for it until the
commit), it is admitted when fewer than the limit are admitted and have not ended, and when the
rate allows another start. Admitted runs that have not begun count against both. That
is tried when a run is submitted, when one of the same key ends, and every second by the leader.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import Now

from samovar import clock, transactions
from samovar.exceptions import UnknownJob
from samovar.jobs import registry
from samovar.models import Attempt, Run, RunState
from samovar.models.statement import Param, Statement
from samovar.runtime import publisher
from samovar.runtime.publisher import Hint

if TYPE_CHECKING:
    from samovar.jobs.job import Job
    from samovar.models.run import RunQuerySet

BATCH = 500
"""Runs, and keys, of one round."""
COLUMNS = ("id", "job", "queue", "limit_key", "priority", "created_at")


def admit_now(job: Job[..., Any], key: str) -> None:
    """Admit what may begin of the runs with this key, in a transaction of its own."""
    with transactions.write():
        hints = _admit(job, [key])
    publisher.offer_all(hints)


def admit_next(job_name: str, key: str) -> None:
    """Do the same at the end of the caller's transaction, because a run with this key has made
    room.

    A job that is not known here waits for a leader that knows it.
    """
    if not Run.objects.held_back().filter(job=job_name, limit_key=key).exists():
        return
    with contextlib.suppress(UnknownJob):
        _admit_last(registry.get(job_name), [key], [])


def admit_all() -> list[Hint]:
    """Admit whatever may begin, of all jobs that are known here, at the end of the caller's
    transaction; return the list that is filled then. Requires a transaction.
    """
    admitted: list[Hint] = []
    for job in registry.all():
        if _held_back().first(job=job.name):
            _admit_last(job, None, admitted)
    return admitted


def _admit_last(job: Job[..., Any], keys: Iterable[str] | None, admitted: list[Hint]) -> None:
    """Admit when the transaction has nothing else to do, and add to `admitted`."""

    def step() -> None:
        hints = _admit(job, keys)
        admitted.extend(hints)
        transactions.after_commit(lambda: publisher.offer_all(hints))

    transactions.before_commit(job.name, step)


@functools.cache
def _held_back() -> Statement:
    """Return the look whether runs of a job are held back."""
    # Named and ordered as the index is: SQLite would take a worse one.
    line = Run.objects.held_back().filter(job=Param.of(Run, "job"), limit_key__isnull=False)
    return Statement.select(line.order_by("limit_key").values_list("limit_key")[:1])


def starts(job: Job[..., Any], *, now: dt.datetime) -> list[dt.datetime]:
    """Return when attempts of the job began within the time of its rate, the oldest first."""
    if job.limits.rate is None:
        return []
    since = now - dt.timedelta(seconds=job.limits.rate.seconds)
    lately = Run.objects.filter(
        job=job.name, limit_key__isnull=False, attempt_started_at__gt=since
    )
    attempts = Attempt.objects.filter(run__in=lately, started_at__gt=since)
    return list(attempts.order_by("started_at").values_list("started_at", flat=True))


def admitted(job: Job[..., Any]) -> RunQuerySet:
    """Return the limited runs of the job that have been let in and have not ended."""
    return Run.objects.filter(
        job=job.name, limit_key__isnull=False, is_admitted=True, finished_at=None
    )


def _admit(job: Job[..., Any], keys: Iterable[str] | None) -> list[Hint]:
    """Admit runs of the job; of all keys when none are named."""
    _lock(job.name)
    room = _room_of_rate(job)
    if not room:
        return []
    if keys is None:
        keys = _keys(job)
    heads = [run for key in keys for run in _heads(job, key, room)]
    heads.sort(key=lambda run: (-run.priority, run.created_at, run.id))
    chosen = heads[:room]
    held_back = Run.objects.filter(state=RunState.QUEUED, is_admitted=False)
    held_back.filter(pk__in=[run.pk for run in chosen]).update(
        is_admitted=True, dispatched_at=Now()
    )
    return [Hint(run.pk, run.job, run.queue) for run in chosen]


def _lock(job_name: str) -> None:
    """Let nobody else admit runs of the job before this transaction ends.

    On SQLite the transaction itself does so.
    """
    if connection.vendor == "postgresql":
        digest = hashlib.sha256(f"samovar admission {job_name}".encode()).digest()
        with connection.cursor() as cursor:
            number = int.from_bytes(digest[:8], "big", signed=True)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _room_of_rate(job: Job[..., Any]) -> int:
    """Return how many more may be admitted by the job's rate."""
    if job.limits.rate is None:
        return BATCH
    waiting = admitted(job).filter(state=RunState.QUEUED).count()
    return max(0, job.limits.rate.most - len(starts(job, now=clock.now())) - waiting)


def _heads(job: Job[..., Any], key: str, room: int) -> list[Run]:
    """Return the first runs of a key that its limit lets in."""
    most = job.limits.most(key)
    if most is not None:
        room = min(room, most - admitted(job).filter(limit_key=key).count())
    if room <= 0:
        return []
    line = Run.objects.held_back().filter(job=job.name, limit_key=key).only(*COLUMNS)
    # Whoever is cancelling one of them at this moment may wait for our lock in turn.
    can_skip = connection.features.has_select_for_update_skip_locked
    return list(line.select_for_update(skip_locked=can_skip)[:room])


def _keys(job: Job[..., Any]) -> list[str]:
    """Return the keys of runs that are held back, without those that have no room."""
    waiting = Run.objects.held_back().filter(job=job.name, limit_key__isnull=False)
    if (limit := job.limits.limit) is not None:
        # One query: there may be as many full keys as there are users.
        counted = ~Q(limit_key="") if job.limits.is_keyed else Q(limit_key="")
        counts = admitted(job).filter(counted).values("limit_key").annotate(count=Count("pk"))
        full = counts.filter(count__gte=limit.most).values("limit_key")
        waiting = waiting.exclude(limit_key__in=full)
    keys = waiting.order_by("limit_key").values_list("limit_key", flat=True)
    return [key or "" for key in keys.distinct()[:BATCH]]
