"""Pages of a list of runs by key: each costs the same, wherever it stands; nothing is counted."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q

from samovar import clock

if TYPE_CHECKING:
    from samovar.models import Run
    from samovar.models.run import RunQuerySet


class RunPage(NamedTuple):
    """A page of runs, newest first; `cursor` leads to the next one, None at the end."""

    runs: list[Run]
    cursor: str | None


def cursor_of(run: Run) -> str:
    """Return the cursor that stands behind `run` in the list."""
    return f"{clock.rfc3339(run.created_at)}_{run.pk}"


def page_of(runs: RunQuerySet, *, cursor: str | None, size: int) -> RunPage:
    """Return the page that follows `cursor`. Raises ValueError for a cursor that is not ours."""
    if cursor:
        created_at, pk = _parse(cursor)
        # The first bound alone lets the database begin its walk of the index there.
        runs = runs.filter(created_at__lte=created_at).filter(
            Q(created_at__lt=created_at) | Q(pk__lt=pk)
        )
    found = list(runs.newest_first()[: size + 1])
    return RunPage(found[:size], cursor_of(found[size - 1]) if len(found) > size else None)


def _parse(cursor: str) -> tuple[dt.datetime, uuid.UUID]:
    created_at, _, pk = cursor.partition("_")
    at = dt.datetime.fromisoformat(created_at)
    if at.tzinfo is None:
        raise ValueError(f"{cursor!r} has no time zone.")
    return at, uuid.UUID(pk)
