"""Read the lines of a run's log."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from samovar.models import Chunk
from samovar.models.log import NumberedLine

LIMIT = 1000
"""Lines of one page."""


def read(run_id: uuid.UUID, *, after: int, limit: int = LIMIT) -> tuple[list[NumberedLine], bool]:
    """Return at most `limit` lines that come after line `after`, and whether more are stored."""
    last = after + limit
    heads = _heads(run_id, after + 1, limit)
    if not heads or limit < 1:
        return [], bool(heads)
    wanted = [first for first, _ in heads if first <= last]
    chunks = Chunk.objects.filter(
        run_id=run_id, first__gte=heads[0][0], first__lte=wanted[-1] if wanted else after
    ).order_by("first")
    found = [line for chunk in chunks for line in chunk.lines() if after < line.n <= last]
    end = heads[-1][0] + heads[-1][1] - 1
    return found, end > last


def last(run_id: uuid.UUID, count: int) -> list[NumberedLine]:
    """Return the last `count` lines, oldest first."""
    newest = Chunk.objects.filter(run_id=run_id).order_by("-first").values_list("first", "count")
    head = newest.first()
    if head is None:
        return []
    end = head[0] + head[1] - 1
    return read(run_id, after=max(0, end - count), limit=count)[0]


def every(run_id: uuid.UUID) -> Iterator[NumberedLine]:
    """Yield all lines in order, a page in memory at a time."""
    after, more = 0, True
    while more:
        found, more = read(run_id, after=after)
        yield from found
        after += len(found)


def _heads(run_id: uuid.UUID, first: int, limit: int) -> list[tuple[int, int]]:
    """Return (first, count) of the chunks from the one that holds line `first` on: as many as may
    hold `limit` lines, and one more.
    """
    chunks = Chunk.objects.filter(run_id=run_id).values_list("first", "count")
    holding = chunks.filter(first__lte=first).order_by("-first").first()
    following = list(chunks.filter(first__gt=first).order_by("first")[: limit + 1])
    is_held = holding is not None and first < holding[0] + holding[1]
    return [holding, *following] if holding is not None and is_held else following
