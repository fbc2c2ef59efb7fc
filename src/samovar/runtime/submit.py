"""Submit: write a run into the ledger, and let a worker know once it is committed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError

from samovar import clock, transactions
from samovar.exceptions import UnsupportedOption
from samovar.models import Group, Run, RunState, Source, alike
from samovar.models.fields import uuid7
from samovar.runtime import admission, events, publisher, uploads
from samovar.runtime.publisher import Hint

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    from samovar.jobs.job import Job


def submit(
    job: Job[..., Any],
    params: Mapping[str, Any],
    *,
    owner: AbstractBaseUser | None = None,
    source: str = Source.CODE,
    id: uuid.UUID | None = None,  # noqa: A002 - the column's name
    queue: str | None = None,
    priority: int | None = None,
    available_at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
    again_of: Run | None = None,
    **columns: Any,
) -> Run:
    """Write a run of `job` and return it at once.

    `params` are stored params, as the job's signature gives them. Joins the caller's transaction:
    a rollback takes the run away. `available_at` makes a scheduled run; after `expires_at` a run
    that has not started fails. Further `columns` are a group that it belongs to, and what it
    follows. While a run with the same key of a `unique` job has not ended, that run is returned.
    Raises UnsupportedOption when there is a run of this `id`.
    """
    uploads.keep(job, params)
    run = _row(
        job,
        params,
        id=id or uuid7(),
        owner=owner,
        source=source,
        queue=queue or job.queue,
        priority=job.priority if priority is None else priority,
        available_at=available_at,
        expires_at=expires_at,
        again_of=again_of,
        **columns,
    )
    if (first := _insert(job, run)) is not None:
        return first
    events.emit(events.RunSubmitted(run.id, run.job))
    if run.state == RunState.QUEUED:
        hint = Hint(run.id, run.job, run.queue)
        transactions.after_commit(lambda: _announce(job, run.limit_key, [hint]))
    return run


def submit_many(
    job: Job[..., Any],
    params: Iterable[Mapping[str, Any]],
    *,
    owner: AbstractBaseUser | None = None,
    source: str = Source.CODE,
    group: Group | None = None,
) -> list[Run]:
    """Write a run of `job` for each of `params` (stored params), all or none, and return them in
    order. Of a `unique` job the same run may stand there more than once.
    """
    if job.unique is not None:
        with transactions.write():
            return [submit(job, each, owner=owner, source=source) for each in params]
    common: dict[str, Any] = {
        "owner": owner,
        "source": source,
        "group": group,
        "queue": job.queue,
        "priority": job.priority,
    }
    runs: list[Run] = []
    for each in params:
        uploads.keep(job, each)
        if runs:
            runs.append(alike.like(runs[0], id=uuid7(), **_own(job, each)))
        else:
            runs.append(_row(job, each, id=uuid7(), **common))
    with transactions.write():
        alike.insert(runs)
        uploads.use(job, runs)
        events.emit(*(events.RunSubmitted(run.id, run.job) for run in runs))
    hints = [Hint(run.id, run.job, run.queue) for run in runs[: publisher.ROOM]]
    for key in {run.limit_key for run in runs}:
        transactions.after_commit(partial(_announce, job, key, hints))
    return runs


def _announce(job: Job[..., Any], limit_key: str | None, hints: list[Hint]) -> None:
    """Let workers know of runs that are committed, or first admit those that are limited."""
    if limit_key is None:
        publisher.offer_all(hints)
        publisher.make_way()
    else:
        admission.admit_now(job, limit_key)


def _insert(job: Job[..., Any], run: Run) -> Run | None:
    """Write the row; or return the run that holds its unique key.

    The database decides between two who submit at once. The other's run may end, or be rolled
    back, before it is read here: then the key is free again.
    """
    while (first := _holder(run)) is None:
        try:
            with transactions.write():
                run.save(force_insert=True)
                uploads.use(job, [run])
        except IntegrityError as error:
            if Run.objects.filter(pk=run.pk).exists():
                raise UnsupportedOption(
                    f"There is a run {run.pk} already; nothing was submitted. "
                    "Give another id, or none."
                ) from error
            if run.unique_key is None:
                raise
        else:
            return None
    return first


def _holder(run: Run) -> Run | None:
    if run.unique_key is None:
        return None
    return Run.objects.active().filter(job=run.job, unique_key=run.unique_key).first()


def _row(
    job: Job[..., Any],
    params: Mapping[str, Any],
    *,
    available_at: dt.datetime | None = None,
    expires_at: dt.datetime | None = None,
    **columns: Any,
) -> Run:
    waits = bool(columns.get("follows") or columns.get("follows_group"))
    now = clock.now()
    if expires_at is None and job.expires is not None and not waits:
        expires_at = (available_at or now) + dt.timedelta(seconds=job.expires)
    return Run(
        job=job.name,
        state=RunState.SCHEDULED if available_at or waits else RunState.QUEUED,
        unique_key=None if job.unique is None else job.unique(params),
        max_attempts=job.retry.attempts,
        crashes=job.crashes,
        after=job.after,
        created_at=now,
        available_at=available_at,
        expires_at=expires_at,
        **_own(job, params),
        **columns,
    )


def _own(job: Job[..., Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns in which runs differ that are submitted alike."""
    limit_key = job.limits.key_of(params)
    return {"params": dict(params), "limit_key": limit_key, "is_admitted": limit_key is None}
