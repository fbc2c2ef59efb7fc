"""Every edge of a run's life (docs/states.md).

Each edge is one method: a conditional UPDATE on state (and, while an attempt lives, on its token)
that answers *won* or *lost*. Nothing else writes `state`. A method that wins refreshes nothing:
the caller reads again what it needs.

# Note [The lease]
A claim writes `token`, `worker` and `lease_until`. Every write of the attempt names the token;
when the UPDATE finds no row, the attempt is *fenced*: another holds the run, or it has ended.
`lease_until` compares with the database's clock.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F

from samovar.models.statement import (
    Computed,
    Kind,
    Param,
    Statement,
    first,
    grown,
    is_null,
    later,
)
from samovar.models.states import WAITING, RunState

if TYPE_CHECKING:
    from samovar.types import Fault


class Edges(models.Model):
    """What moves a run from one state to the next."""

    class Meta:
        """A part of the run's own table."""

        abstract = True

    def enqueue(self, **params: Any) -> bool:
        """scheduled → queued: its time has come, or the run that it follows has succeeded (then
        with `params=`).
        """
        return self._move(
            (RunState.SCHEDULED,),
            RunState.QUEUED,
            available_at=None,
            dispatched_at=later(dt.timedelta()),
            is_admitted=_UNLIMITED,
            **params,
        )

    def claim(
        self, *, token: uuid.UUID, worker_id: uuid.UUID, lease: dt.timedelta, now: dt.datetime
    ) -> bool:
        """queued → running: a worker takes the run. See Note [The lease]."""
        changes = _claimed(token, worker_id, lease, now)
        return self._move((RunState.QUEUED,), RunState.RUNNING, **changes)

    def succeed(
        self, *, token: uuid.UUID, result: Any, now: dt.datetime, is_alone: bool = False
    ) -> bool:
        """running → succeeded: the job returned. With `is_alone` only a run wins that has no
        followers.
        """
        return self._end(RunState.SUCCEEDED, token, now, is_alone=is_alone, result=result)

    def fail(
        self,
        *,
        token: uuid.UUID,
        fault: Fault,
        now: dt.datetime,
        failures: int = 0,
        losses: int = 0,
    ) -> bool:
        """running → failed: no retry left, a hard timeout, or the last allowed loss."""
        return self._end(
            RunState.FAILED,
            token,
            now,
            error={"type": fault.type, "message": fault.message},
            traceback=fault.traceback,
            failures=grown(failures),
            losses=grown(losses),
        )

    def retry(self, *, token: uuid.UUID, wait: dt.timedelta) -> bool:
        """running → scheduled: an error with a retry left."""
        return self._leave(RunState.SCHEDULED, token, available_at=later(wait), failures=grown(1))

    def rescue(self, *, token: uuid.UUID) -> bool:
        """running → queued: the runner or the worker was lost."""
        return self._leave(RunState.QUEUED, token, losses=grown(1), dispatched_at=None)

    def release(self, *, token: uuid.UUID) -> bool:
        """running → queued: the worker hands the run back, at no cost."""
        return self._leave(RunState.QUEUED, token, dispatched_at=None)

    def request_cancel(self, *, now: dt.datetime, by: str = "") -> bool:
        """running → cancelling: somebody asked for the end."""
        return self._move(
            (RunState.RUNNING,),
            RunState.CANCELLING,
            cancel_requested_at=now,
            cancelled_by=by,
        )

    def confirm_cancel(
        self, *, token: uuid.UUID, now: dt.datetime, ladder: list[list[str]]
    ) -> bool:
        """cancelling → cancelled: nothing of the attempt is left; `ladder` has all steps."""
        return self._move(
            (RunState.CANCELLING,),
            RunState.CANCELLED,
            token,
            finished_at=now,
            ladder=ladder,
            **_NO_LEASE,
        )

    def cancel(self, *, now: dt.datetime, by: str = "") -> bool:
        """queued or scheduled → cancelled: it had not begun."""
        return self._move(
            WAITING,
            RunState.CANCELLED,
            cancel_requested_at=now,
            cancelled_by=by,
            finished_at=now,
            available_at=None,
        )

    @classmethod
    def cancel_many(cls, ids: Collection[uuid.UUID], *, now: dt.datetime, by: str = "") -> int:
        """queued or scheduled → cancelled, for all of `ids` that have not begun; return how
        many.
        """
        runs: Any = cls._default_manager
        count: int = runs.filter(pk__in=ids, state__in=WAITING).update(
            state=RunState.CANCELLED,
            version=F("version") + 1,
            cancel_requested_at=now,
            cancelled_by=by,
            finished_at=now,
            available_at=None,
        )
        return count

    def expire(self, *, fault: Fault, now: dt.datetime) -> bool:
        """queued → failed: its start deadline has passed."""
        return self._move(
            (RunState.QUEUED,),
            RunState.FAILED,
            finished_at=now,
            error={"type": fault.type, "message": fault.message},
        )

    def _end(
        self,
        to: RunState,
        token: uuid.UUID,
        now: dt.datetime,
        *,
        is_alone: bool = False,
        **changes: Any,
    ) -> bool:
        return self._move((RunState.RUNNING,), to, token, is_alone, **_ended(now, **changes))

    def _leave(self, to: RunState, token: uuid.UUID, **changes: Any) -> bool:
        changes |= _NO_LEASE | {"is_admitted": _UNLIMITED}
        return self._move((RunState.RUNNING,), to, token, **changes)

    def _move(
        self,
        frm: tuple[RunState, ...],
        to: RunState,
        token: uuid.UUID | None = None,
        is_alone: bool = False,  # noqa: FBT001, FBT002 - by place, as every other
        /,
        **changes: Any,
    ) -> bool:
        kinds, values = _parted(changes)
        edge = _edge(type(self), (frm, to), token is not None, is_alone, kinds)
        return bool(edge.run(pk=self.pk, held=token, **values))

    # The two edges that nearly every run goes, as parts of statements that do more.

    @classmethod
    def claim_of(cls, pk: Any, at: Any) -> Statement:
        """Return `claim` of the run and at the instant that expressions name; `claim_values` has
        the values of its places.
        """
        kinds, given = _parted(_claimed(None, None, dt.timedelta(), None))
        for name in ("token", "worker_id", "lease_until"):
            del given[name]
        given |= {"pk": pk, "started_at": at, "attempt_started_at": at}
        return _composed_edge(cls, ((RunState.QUEUED,), RunState.RUNNING), kinds, given)

    @staticmethod
    def claim_values(
        token: uuid.UUID, worker_id: uuid.UUID, lease: dt.timedelta
    ) -> dict[str, Any]:
        """Return the values of `claim_of`."""
        return {"token": token, "worker_id": worker_id, "lease_until": lease}

    @classmethod
    def succeed_of(cls) -> Statement:
        """Return `succeed` of a run that nothing follows; `succeed_values` has the values of its
        places.
        """
        kinds, _ = _parted(_ended(None, result=None))
        way = ((RunState.RUNNING,), RunState.SUCCEEDED)
        return _composed_edge(cls, way, kinds, _NO_LEASE, is_held=True, is_alone=True)

    @staticmethod
    def succeed_values(
        pk: uuid.UUID, token: uuid.UUID, result: Any, now: dt.datetime
    ) -> dict[str, Any]:
        """Return the values of `succeed_of`."""
        return {"pk": pk, "held": token, "result": result, "finished_at": now}


_UNLIMITED = is_null("limit_key")
"""A run that takes its place in line again is admitted by itself only when nothing limits it."""
_NO_LEASE: dict[str, Any] = {"token": None, "worker": None, "lease_until": None}


Kinds = tuple[tuple[str, Kind | None], ...]
Way = tuple[tuple[RunState, ...], RunState]


def _claimed(
    token: uuid.UUID | None,
    worker_id: uuid.UUID | None,
    lease: dt.timedelta,
    now: dt.datetime | None,
) -> dict[str, Any]:
    return {
        "token": token,
        "worker_id": worker_id,
        "lease_until": later(lease),
        "attempt": grown(1),
        "started_at": first(now),
        "expires_at": None,
        "attempt_started_at": now,
        "progress_done": None,
        "progress_total": None,
        "progress_percent": None,
        "progress_text": "",
    }


def _ended(now: dt.datetime | None, **changes: Any) -> dict[str, Any]:
    return {**changes, "finished_at": now, **_NO_LEASE}


def _parted(changes: dict[str, Any]) -> tuple[Kinds, dict[str, Any]]:
    """Return how each column changes, and the values for it."""
    kinds: dict[str, Kind | None] = {}
    values = {}
    for column, change in changes.items():
        is_computed = isinstance(change, Computed)
        kinds[column] = change.kind if is_computed else None
        values[column] = change.value if is_computed else change
    return tuple(kinds.items()), values


@functools.cache
def _edge(
    model: Any,
    way: Way,
    is_held: bool,  # noqa: FBT001 - a part of the key
    is_alone: bool,  # noqa: FBT001 - likewise
    kinds: Kinds,
) -> Statement:
    """Return the UPDATE of one kind of edge of the run's table, `model`."""
    return _composed_edge(model, way, kinds, {}, is_held=is_held, is_alone=is_alone)


def _composed_edge(
    model: Any,
    way: Way,
    kinds: Kinds,
    given: dict[str, Any],
    *,
    is_held: bool = False,
    is_alone: bool = False,
) -> Statement:
    """Return the same; what is `given` has an expression, or always that value, in its place."""
    frm, to = way
    place = functools.partial(Param.of, model)
    pk = given.get("pk", Param("pk", place("id").output_field))
    rows = model.objects.filter(pk=pk, state__in=frm)
    if is_held:
        rows = rows.filter(token=Param("held", place("token").output_field))
    if is_alone:
        rows = rows.filter(is_followed=False)
    changes = {}
    for column, kind in kinds:
        value = Param(column, kind.field) if kind else place(column)
        value = given.get(column, value)
        changes[column] = kind.compose(column, value) if kind else value
    return Statement.update(rows, state=to, version=F("version") + 1, **changes)
