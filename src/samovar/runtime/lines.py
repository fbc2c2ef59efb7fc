"""Read the lines of a run's log."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import F, Max, Min

from samovar.models import Chunk
from samovar.models.log import NumberedLine

LIMIT = 1000
"""Lines of one page."""
SEARCHED = 1_000_000
"""Lines that one search looks at."""


class Found(NamedTuple):
    """Lines that a search found, and the line behind which it goes on; None at the log's end."""

    lines: list[NumberedLine]
    next: int | None


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
    chunks = Chunk.objects.filter(run_id=run_id)
    first, held = 0, 0
    # A chunk has a line at least, so these are enough.
    for first, size in chunks.order_by("-first").values_list("first", "count")[:count]:  # noqa: B007
        held += size
        if held >= count:
            break
    found = chunks.filter(first__gte=first).order_by("first") if held else chunks.none()
    return [line for chunk in found for line in chunk.lines()][-count:]


def span(run_id: uuid.UUID, attempt: int) -> tuple[int, int]:
    """Return the numbers of the attempt's first and last line; (1, 0) when it said nothing."""
    chunks = Chunk.objects.filter(run_id=run_id, attempt=attempt)
    ends = chunks.aggregate(start=Min("first"), end=Max(F("first") + F("count")))
    return (ends["start"], ends["end"] - 1) if ends["start"] else (1, 0)


def find(
    run_id: uuid.UUID, text: str, *, after: int = 0, until: int | None = None, limit: int = LIMIT
) -> Found:
    """Return at most `limit` lines with `text` in them, in capitals or not.

    It looks behind line `after` and up to line `until`, and at SEARCHED lines at most.
    """
    pattern = re.compile(re.escape(text), re.IGNORECASE)
    end = after + SEARCHED
    if until is not None:
        end = min(end, until)
    found: list[NumberedLine] = []
    for chunk in _behind(run_id, after):
        if chunk.first <= end and pattern.search(chunk.text()):
            lines = (line for line in chunk.lines() if after < line.n <= end)
            found += (line for line in lines if pattern.search(line.text))
        if len(found) >= limit:
            return Found(found[:limit], found[limit - 1].n)
        if chunk.first + chunk.count - 1 > end:
            return Found(found, None if end == until else end)
    return Found(found, None)


def _behind(run_id: uuid.UUID, after: int) -> Iterator[Chunk]:
    """Yield the chunks with lines behind line `after`, a few in memory at a time."""
    chunks = Chunk.objects.alias(end=F("first") + F("count")).filter(end__gt=after + 1)
    return chunks.filter(run_id=run_id).order_by("first").iterator(chunk_size=100)


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
    # In this order: a log grows between two looks, and what is before the others is there first.
    following = list(chunks.filter(first__gt=first).order_by("first")[: limit + 1])
    holding = chunks.filter(first__lte=first).order_by("-first").first()
    is_held = holding is not None and first < holding[0] + holding[1]
    return [holding, *following] if holding is not None and is_held else following
