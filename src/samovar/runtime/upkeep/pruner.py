"""The pruner: removes old runs with their logs and files, as KEEP_DAYS and KEEP_FAILED_DAYS say.

A run that is marked as kept stays, and so does one whose group goes on. What is removed is removed
in short transactions, so that nobody waits behind it: of a long log its last lines, a piece at a
time, then the run with what is left. Whoever marks the run meanwhile keeps what is there still.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from samovar import clock, conf
from samovar.models import Chunk, Group, Run, RunState
from samovar.models.run import RunQuerySet
from samovar.runtime import files
from samovar.runtime.ledger import LedgerThread

BATCH = 100
"""Runs of one transaction."""
CHUNKS = 500
"""Chunks of logs of one transaction."""

Transact = Callable[[Callable[[], int]], int]
"""Does a function in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Pruner:
    """Prune a little; the leader does so."""

    ledger: LedgerThread

    def run_once(self) -> int:
        """Remove one batch; return how many runs."""
        return prune(clock.now(), self.ledger.call, most=BATCH)


def prune(now: dt.datetime, transact: Transact, *, most: int | None = None) -> int:
    """Remove the runs that are old enough, at most `most`; return how many."""
    removed = 0
    while most is None or removed < most:
        ids = list(prunable(now).values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        while transact(lambda ids=ids: _drop_chunks(ids)):  # type: ignore[misc]
            pass
        removed += transact(lambda ids=ids: _drop_runs(ids))  # type: ignore[misc]
    return removed


def prunable(now: dt.datetime) -> RunQuerySet:
    """Return the runs that are old enough to be removed, the oldest first."""
    options = conf.options()
    old = Q(pk__in=[])
    for days, states in (
        (options.KEEP_DAYS, (RunState.SUCCEEDED, RunState.CANCELLED)),
        (options.KEEP_FAILED_DAYS, (RunState.FAILED,)),
    ):
        if days:
            before = now - dt.timedelta(days=days)
            # The first bound lets the database walk an index that it has.
            old |= Q(state__in=states, created_at__lt=before, finished_at__lt=before)
    going_on = Group.objects.filter(finished_at=None)
    return (
        Run.objects.filter(old, is_kept=False)
        .exclude(group__in=going_on)
        .order_by("created_at", "id")
    )


def _drop_chunks(ids: Sequence[uuid.UUID]) -> int:
    """Remove the last chunks of runs that are still not kept, at most CHUNKS; return how many."""
    found = Chunk.objects.filter(run__in=_not_kept(ids)).order_by("run", "-first")
    chunks = list(found.values_list("pk", "run_id", "first")[:CHUNKS])
    lines = {run_id: first - 1 for _, run_id, first in chunks}
    for left in set(lines.values()):
        shortened = [run_id for run_id, count in lines.items() if count == left]
        Run.objects.filter(pk__in=shortened).update(log_lines=left)
    return Chunk.objects.filter(pk__in=[pk for pk, *_ in chunks]).delete()[0] if chunks else 0


def _not_kept(ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Return those of the runs that nobody keeps, or can mark before the commit."""
    runs = Run.objects.filter(pk__in=ids, is_kept=False).order_by("pk")
    return list(runs.select_for_update().values_list("pk", flat=True))


def _drop_runs(ids: Sequence[uuid.UUID]) -> int:
    """Remove runs that are still not kept, and groups that have none left."""
    old = _not_kept(ids)
    groups = set(
        Run.objects.filter(pk__in=old, group__isnull=False).values_list("group_id", flat=True)
    )
    Run.objects.filter(pk__in=old).delete()
    Group.objects.filter(pk__in=groups).exclude(
        pk__in=Run.objects.filter(group__in=groups).values("group_id")
    ).delete()
    for each in old:
        files.remove_of(each)
    return len(old)
