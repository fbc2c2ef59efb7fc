"""Whether the ledger contradicts itself: what must hold, whatever was killed.

Each check is one statement, so that it sees one moment also while workers write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, Window
from django.db.models.functions import Coalesce, Lag
from django.utils.translation import gettext as _

from samovar.models import FINAL, HELD, WAITING, Attempt, AttemptState, Chunk, Group, Run, RunState

EXAMPLES = 5
"""Places that a flaw names."""
CHUNKS = 2000
"""The newest chunks, whose lines are counted: that unpacks them."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that must not be: in words, in how many places, and some of them."""

    words: str
    count: int
    examples: tuple[str, ...]


def flaws() -> list[Flaw]:
    """Return what contradicts itself in the ledger; an empty list says that all is well."""
    found = []
    for look in _LOOKS:
        for words, places in look():
            named = list(dict.fromkeys(str(place) for place in places))
            if named:
                found.append(Flaw(words, len(named), tuple(named[:EXAMPLES])))
    return found


Found = Iterator[tuple[str, list[Any]]]


def _states() -> Found:
    """Yield runs whose columns do not fit their state."""
    runs = Run.objects.order_by()
    lease = Q(token=None) | Q(lease_until=None) | Q(worker_id=None)
    awaited = Q(follows=None, follows_group=None, available_at=None)
    for words, flawed in (
        (_("runs are performed without a lease"), Q(lease, state__in=HELD)),
        (_("runs hold a lease and are not performed"), ~Q(token=None) & ~Q(state__in=HELD)),
        (_("runs have ended without an instant"), Q(state__in=FINAL, finished_at=None)),
        (_("runs have an end and go on"), ~Q(finished_at=None) & ~Q(state__in=FINAL)),
        (_("runs have failed without an error"), Q(state=RunState.FAILED, error__isnull=True)),
        (_("runs have succeeded with an error"), Q(state=RunState.SUCCEEDED, error__isnull=False)),
        (_("runs are scheduled for no time"), Q(awaited, state=RunState.SCHEDULED)),
        (_("runs are performed and never began"), Q(state__in=HELD, started_at=None)),
    ):
        yield words, _ids(runs.filter(flawed))


def _attempts() -> Found:
    """Yield runs whose attempts do not fit them or each other."""
    attempts = Attempt.objects.order_by()
    orphans = attempts.filter(~Exists(Run.objects.filter(pk=OuterRef("run"))))
    yield _("attempts belong to no run"), _ids(orphans, "run_id")
    mine = Run.objects.filter(pk=OuterRef("run"), token=OuterRef("token"), state__in=HELD)
    alive = attempts.filter(state=AttemptState.RUNNING)
    yield (
        _("attempts are running, and their runs know nothing of it"),
        _ids(alive.filter(~Exists(mine)), "run_id"),
    )
    theirs = alive.filter(run=OuterRef("pk"), token=OuterRef("token"))
    lonely = Run.objects.order_by().filter(~Exists(theirs), state__in=HELD)
    yield _("runs are performed by no attempt"), _ids(lonely)
    last = attempts.filter(run=OuterRef("pk")).values("run").annotate(last=Max("number"))
    counted = Run.objects.order_by().annotate(last=Coalesce(Subquery(last.values("last")), 0))
    yield _("runs count other attempts than they have"), _ids(counted.exclude(attempt=F("last")))
    in_order = Attempt.objects.annotate(
        last=_before("number", Value(0)),
        ended=_before("finished_at"),
    )
    gaps = in_order.exclude(number=F("last") + 1)
    yield _("attempts are missing between others"), _ids(gaps, "run_id")
    unended = Q(ended=None) | Q(ended__gt=F("started_at"))
    overlapping = in_order.filter(unended, last__gt=0)
    yield _("attempts overlap"), _ids(overlapping, "run_id")


def _ends() -> Found:
    """Yield runs that have ended otherwise than their last attempt."""
    over = Attempt.objects.order_by().exclude(state=AttemptState.RUNNING)
    yield (
        _("attempts have ended without an instant"),
        _ids(over.filter(finished_at=None), "run_id"),
    )
    succeeded = Run.objects.order_by().filter(state=RunState.SUCCEEDED)
    last = Attempt.objects.filter(run=OuterRef("pk"), number=OuterRef("attempt"))
    otherwise = Exists(last.exclude(state=AttemptState.SUCCEEDED))
    yield _("runs have succeeded by an attempt that has not"), _ids(succeeded.filter(otherwise))
    winners = over.filter(state=AttemptState.SUCCEEDED).exclude(run__state=RunState.SUCCEEDED)
    yield _("attempts have succeeded, and their runs have not"), _ids(winners, "run_id")


def _followers() -> Found:
    """Yield runs that nothing will ever let begin."""
    waiting = Run.objects.order_by().filter(state=RunState.SCHEDULED)
    yield _("runs wait for one that has ended"), _ids(waiting.filter(follows__state__in=FINAL))
    late = waiting.filter(follows_group__finished_at__isnull=False)
    yield _("runs wait for a group that has finished"), _ids(late)


def _logs() -> Found:
    """Yield runs whose log has a gap, a line twice, or another length than it says."""
    chunks = Chunk.objects.annotate(
        expected=Coalesce(
            Window(
                Lag(F("first") + F("count")), partition_by=[F("run")], order_by=[F("first").asc()]
            ),
            Value(1),
        )
    )
    yield _("logs have a gap"), _ids(chunks.filter(first__gt=F("expected")), "run_id")
    yield _("logs have a line twice"), _ids(chunks.filter(first__lt=F("expected")), "run_id")
    mine = Chunk.objects.order_by().filter(run=OuterRef("pk")).values("run")
    last = mine.annotate(last=Max(F("first") + F("count") - 1)).values("last")
    runs = Run.objects.order_by().annotate(last=Coalesce(Subquery(last), 0))
    yield (
        _("logs have another length than their runs say"),
        _ids(runs.exclude(log_lines=F("last"))),
    )
    newest = Chunk.objects.order_by("-pk")[:CHUNKS].iterator()
    torn = [chunk.run_id for chunk in newest if not _is_whole(chunk)]
    yield _("chunks hold other lines than they count"), torn


def _groups() -> Found:
    """Yield groups that are finished while runs of theirs go on."""
    active = Run.objects.filter(group=OuterRef("pk"), state__in=(*WAITING, *HELD))
    wrong = Group.objects.order_by().filter(Exists(active), finished_at__isnull=False)
    yield _("groups are finished and have runs that go on"), _ids(wrong)


_LOOKS: tuple[Callable[[], Found], ...] = (
    _states,
    _attempts,
    _ends,
    _followers,
    _logs,
    _groups,
)


def _before(column: str, default: Any = None) -> Any:
    """Return a column of the attempt before, of the same run."""
    lag = Lag(column, default=default) if default is not None else Lag(column)
    return Window(lag, partition_by=[F("run")], order_by=[F("number").asc()])


def _ids(rows: QuerySet[Any], column: str = "pk") -> list[Any]:
    return list(rows.values_list(column, flat=True))


def _is_whole(chunk: Chunk) -> bool:
    try:
        return sum(1 for _ in chunk.lines()) == chunk.count
    except (RuntimeError, ValueError, OSError):
        return False
