"""The claim and the success of a run, each in one statement, where the database has such: a worker
with a backlog makes two round trips and a commit for a run.

They are the same edges and rows as those of `samovar.runtime.claim` and `samovar.runtime.settle`,
which write them one after the other on SQLite, where a round trip costs nothing.

# Note [What was locked]
The head of a line is locked as it is read, so the UPDATE beside it finds it as it was. Should it
ever find nothing, nothing is told either, and the run waits as before.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, OuterRef, Subquery, UUIDField
from django.db.models.functions import Greatest

from samovar import conf
from samovar.models import Attempt, AttemptState, Run
from samovar.models.run import RunQuerySet
from samovar.models.statement import Param, Statement, Words

_BEGINS_AT = "begins_at"
_NOW = DateTimeField()
_HEAD = '"head"'


def is_possible() -> bool:
    """Return whether this database can."""
    return connection.vendor == "postgresql"


def taking(lines: Sequence[RunQuerySet], columns: Sequence[str]) -> Statement:
    """Return the claim of the first run of `lines`, which tells `columns` and when the attempt
    begins: each line is locked at its head, and the earliest head is taken.
    """
    heads = {f"line{place}": _head(line, columns) for place, line in enumerate(lines)}
    at = Words(f"(SELECT {_BEGINS_AT} FROM {_HEAD})", _NOW)  # noqa: S608 - ours
    pk = Words(f"(SELECT id FROM {_HEAD})", UUIDField())  # noqa: S608 - ours
    locked = ", ".join(f"{name} AS MATERIALIZED ({{{name}}})" for name in heads)
    told = " UNION ALL ".join(f"(SELECT * FROM {name})" for name in heads)  # noqa: S608 - ours
    return Statement.chain(
        f"WITH {locked}, {_HEAD} AS MATERIALIZED "  # noqa: S608 - ours
        f"(SELECT * FROM ({told}) AS heads ORDER BY priority DESC, created_at, id LIMIT 1), "
        f'"taken" AS ({{run}} RETURNING 1), "begun" AS ({{attempt}}) '
        f'SELECT {_HEAD}.* FROM {_HEAD}, "taken"',
        row="line0",
        **heads,
        run=Run.claim_of(pk, at),
        attempt=Attempt.begin_from(
            f'{_HEAD}, "taken"',
            run=f"{_HEAD}.id",
            number=f"{_HEAD}.attempt + 1",
            started_at=f"{_HEAD}.{_BEGINS_AT}",
        ),
    )


def take(
    statement: Statement,
    *,
    token: uuid.UUID,
    worker_id: uuid.UUID,
    now: dt.datetime,
    lines: Sequence[dict[str, Any]],
    **attempt: Any,
) -> tuple[Any, ...] | None:
    """Do what `taking` returned; `lines` has the values of each line, `attempt` further columns of
    the attempt.
    """
    lease = dt.timedelta(seconds=conf.options().LEASE_SECONDS)
    run = Run.claim_values(token, worker_id, lease)
    begun = Attempt.begin_values(token=token, worker_id=worker_id, **attempt)
    values = {f"run_{name}": value for name, value in run.items()}
    values |= {f"attempt_{name}": value for name, value in begun.items()}
    for place, line in enumerate(lines):
        values |= {f"line{place}_{name}": value for name, value in line.items()}
        values[f"line{place}_now"] = now
    return statement.first(**values)


def succeed(run_id: uuid.UUID, token: uuid.UUID, *, result: Any, now: dt.datetime) -> bool:
    """End run and attempt as succeeded; False when the run is no longer held by `token`, is being
    cancelled, or is followed: then nothing has changed.
    """
    run = Run.succeed_values(run_id, token, result, now)
    attempt = Attempt.finish_values(token, AttemptState.SUCCEEDED, now=now)
    values = {f"run_{name}": value for name, value in run.items()}
    values |= {f"attempt_{name}": value for name, value in attempt.items()}
    return bool(_succeeding().run(**values))


@functools.cache
def _succeeding() -> Statement:
    return Statement.chain(
        'WITH "ended" AS ({run} RETURNING 1) {attempt} AND EXISTS (SELECT 1 FROM "ended")',
        run=Run.succeed_of(),
        attempt=Attempt.finish_of(),
    )


def _head(line: RunQuerySet, columns: Sequence[str]) -> Statement:
    """Return the look at the head of one line, which locks it."""
    last = Attempt.objects.filter(run=OuterRef("pk"), number=OuterRef("attempt"))
    # Whatever another host's clock said, none begins before the last has ended.
    begins_at = Greatest(
        Param("now", _NOW), "created_at", Subquery(last.values("finished_at")), output_field=_NOW
    )
    heads = line.select_for_update(skip_locked=True, of=("self",)).annotate(begins_at=begins_at)
    return Statement.select(heads.values_list(*columns, _BEGINS_AT)[:1])
