"""Claim: a worker takes a run in the database, the only way to begin an attempt."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from samovar import clock, conf
from samovar.models import Attempt, Queue, Run
from samovar.models.run import RunQuerySet

TRIES = 3
"""How often the next run is looked for when another worker was quicker."""


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
    next_line: int
    """The number of the first line that this attempt will write."""


def claim(
    run_id: uuid.UUID, *, token: uuid.UUID, holder: Holder, pid: int, brand: int
) -> Claimed | None:
    """Take the run for an attempt by `holder` in the process `pid`; None when it is not to be had.

    Requires a transaction. With the token of an earlier call, whose answer was lost, the same
    claim is answered.
    """
    run = _waiting().filter(pk=run_id).first()
    if run is None:
        return _claimed_before(token, brand)
    return _take(run, token, holder, pid, brand) or _claimed_before(token, brand)


def claim_next(
    *,
    token: uuid.UUID,
    queues: Collection[str],
    jobs: Collection[str],
    holder: Holder,
    pid: int,
    brand: int,
) -> Claimed | None:
    """Take the run that is first in the line of `queues`, among `jobs`; None when nothing waits.

    Requires a transaction. Answers an earlier call with the same token again.
    """
    if before := _claimed_before(token, brand):
        return before
    line = _waiting().filter(queue__in=queues, job__in=jobs).waiting_in_line()
    if connection.features.has_select_for_update_skip_locked:
        line = line.select_for_update(skip_locked=True, of=("self",))
    for _ in range(TRIES):
        run = line.first()
        if run is None:
            return None
        if claimed := _take(run, token, holder, pid, brand):
            return claimed
    return None


def _waiting() -> RunQuerySet:
    """Return the runs that may begin now."""
    in_time = Q(expires_at=None) | Q(expires_at__gt=Now())
    return Run.objects.waiting_in_line().filter(in_time).exclude(queue__in=Queue.paused())


def _take(run: Run, token: uuid.UUID, holder: Holder, pid: int, brand: int) -> Claimed | None:
    now = clock.now()
    lease = dt.timedelta(seconds=conf.options().LEASE_SECONDS)
    if not run.claim(token=token, worker_id=holder.worker_id, lease=lease, now=now):
        return None
    # Whatever clock another host had: an attempt never begins before the one before it has ended.
    Attempt.objects.create(
        run=run,
        number=run.attempt + 1,
        token=token,
        worker_id=holder.worker_id,
        worker=holder.name,
        host=holder.host,
        pid=pid,
        brand=brand,
        started_at=now,
    )
    return _claimed(run, token, brand, attempt=run.attempt + 1)


def _claimed_before(token: uuid.UUID, brand: int) -> Claimed | None:
    run = Run.objects.filter(token=token).first()
    return None if run is None else _claimed(run, token, brand, attempt=run.attempt)


def _claimed(run: Run, token: uuid.UUID, brand: int, *, attempt: int) -> Claimed:
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
        checkpoint=None if run.checkpoint is None else json.dumps(run.checkpoint),
        next_line=run.log_lines + 1,
    )
