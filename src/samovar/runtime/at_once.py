"""The claim and the success of a run, each in one statement, and both in one, where the database
has such: a worker with a backlog makes one round trip and a commit for a run.

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
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, OuterRef, Subquery, UUIDField
from django.db.models.functions import Greatest

from samovar import conf
from samovar.models import Attempt, Run
from samovar.models.run import RunQuerySet
from samovar.models.statement import Param, Statement, Words
from samovar.models.wire import Wire

_BEGINS_AT = "begins_at"
_NOW = DateTimeField()
_HEAD = '"head"'
_LOCKED = f'FOR UPDATE OF "{Run._meta.db_table}" SKIP LOCKED'  # noqa: SLF001 - Django's documented API


def is_possible() -> bool:
    """Return whether this database can."""
    return connection.vendor == "postgresql"


@dataclass(frozen=True, slots=True)
class Success:
    """The success of an attempt, to be written together with the next claim."""

    run_id: uuid.UUID
    token: uuid.UUID
    result: Any
    now: dt.datetime

    def values(self) -> dict[str, Any]:
        """Return the values of its part of a statement."""
        run = Run.succeed_values(self.run_id, self.token, self.result, self.now)
        values = {f"ended_{name}": value for name, value in run.items()}
        return values | {"finished_token": self.token, "finished_finished_at": self.now}


def taking(lines: Sequence[RunQuerySet], columns: Sequence[str]) -> Statement:
    """Return the claim of the first run of `lines`, which tells `columns` and when the attempt
    begins: each line is locked at its head, and the earliest head is taken.
    """
    taken, parts = _taken(lines, columns)
    return Statement.chain(
        f'WITH {taken} SELECT {_HEAD}.* FROM {_HEAD}, "taken"',  # noqa: S608 - ours
        row="line0",
        **parts,
    )


def changing(lines: Sequence[RunQuerySet], columns: Sequence[str]) -> Statement:
    """Return the success of a run and the same claim behind it. Its row tells in its last column
    whether the success was won; else nothing was claimed.
    """
    taken, parts = _taken(lines, columns, if_there_is='"finished"')
    return Statement.chain(
        f"WITH {_SUCCEEDED}, {taken} "  # noqa: S608 - ours
        'SELECT "next".*, EXISTS (SELECT 1 FROM "finished") FROM (SELECT) AS "change" '
        f'LEFT JOIN (SELECT {_HEAD}.* FROM {_HEAD}, "taken") AS "next" ON TRUE',
        row="line0",
        ended=Run.succeed_of(),
        finished=Attempt.succeed_of(),
        **parts,
    )


def take(
    statement: Statement,
    *,
    token: uuid.UUID,
    worker_id: uuid.UUID,
    now: dt.datetime,
    lines: Sequence[dict[str, Any]],
    wire: Wire | None = None,
    success: Success | None = None,
    **attempt: Any,
) -> tuple[Any, ...] | None:
    """Do what `taking` returned, or what `changing` returned behind `success`, on `wire` if one is
    given; `lines` has the values of each line, `attempt` further columns of the attempt.
    """
    lease = dt.timedelta(seconds=conf.options().LEASE_SECONDS)
    run = Run.claim_values(token, worker_id, lease)
    begun = {"token": token, "worker_id": worker_id, **attempt}
    values = success.values() if success else {}
    values |= {f"run_{name}": value for name, value in run.items()}
    values |= {f"attempt_{name}": value for name, value in begun.items()}
    for place, each in enumerate(lines):
        values |= {f"line{place}_{name}": value for name, value in each.items()}
        values[f"line{place}_now"] = now
    return statement.first(wire, **values)


def succeed(success: Success) -> bool:
    """End run and attempt as succeeded; False when the run is no longer held by its token, is
    being cancelled, or is followed: then nothing has changed.
    """
    return bool(_succeeding().run(**success.values()))


@functools.cache
def _succeeding() -> Statement:
    return Statement.chain(
        f'WITH {_SUCCEEDED} SELECT 1 FROM "finished"',  # noqa: S608 - ours
        ended=Run.succeed_of(),
        finished=Attempt.succeed_of(),
    )


_SUCCEEDED = (
    '"ended" AS ({ended} RETURNING 1), '
    '"finished" AS ({finished} AND EXISTS (SELECT 1 FROM "ended") RETURNING 1)'
)


def _taken(
    lines: Sequence[RunQuerySet], columns: Sequence[str], *, if_there_is: str = ""
) -> tuple[str, dict[str, Statement]]:
    """Return the tables of a claim, among them the head that is taken, and their parts. Nothing is
    taken without a row in the table `if_there_is`.
    """
    heads = {f"line{place}": _head(line, columns) for place, line in enumerate(lines)}
    locked = ", ".join(f"{name} AS MATERIALIZED ({{{name}}} {_LOCKED})" for name in heads)
    told = " UNION ALL ".join(f"(SELECT * FROM {name})" for name in heads)  # noqa: S608 - ours
    where = f"WHERE EXISTS (SELECT 1 FROM {if_there_is}) " if if_there_is else ""  # noqa: S608 - ours
    at = Words(f"(SELECT {_BEGINS_AT} FROM {_HEAD})", _NOW)  # noqa: S608 - ours
    pk = Words(f"(SELECT id FROM {_HEAD})", UUIDField())  # noqa: S608 - ours
    tables = (
        f"{locked}, {_HEAD} AS MATERIALIZED (SELECT * FROM ({told}) AS heads {where}"  # noqa: S608 - ours
        "ORDER BY priority DESC, created_at, id LIMIT 1), "
        '"taken" AS ({run} RETURNING 1), "begun" AS ({attempt})'
    )
    begun = Attempt.begin_from(
        f'{_HEAD}, "taken"',
        run=f"{_HEAD}.id",
        number=f"{_HEAD}.attempt + 1",
        started_at=f"{_HEAD}.{_BEGINS_AT}",
    )
    return tables, {**heads, "run": Run.claim_of(pk, at), "attempt": begun}


def _head(line: RunQuerySet, columns: Sequence[str]) -> Statement:
    """Return the look at the head of one line."""
    last = Attempt.objects.filter(run=OuterRef("pk"), number=OuterRef("attempt"))
    # Whatever another host's clock said, none begins before the last has ended.
    begins_at = Greatest(
        Param("now", _NOW), "created_at", Subquery(last.values("finished_at")), output_field=_NOW
    )
    heads = line.annotate(begins_at=begins_at)
    return Statement.select(heads.values_list(*columns, _BEGINS_AT)[:1])
