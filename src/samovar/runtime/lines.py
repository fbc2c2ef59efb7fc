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
    lines: list[NumberedLine] = []
    for line in _from(run_id, after + 1):
        if len(lines) == limit:
            return lines, True
        lines.append(line)
    return lines, False


def last(run_id: uuid.UUID, count: int) -> list[NumberedLine]:
    """Return the last `count` lines, oldest first."""
    newest = Chunk.objects.filter(run_id=run_id).order_by("-first").first()
    if newest is None:
        return []
    lines, _ = read(run_id, after=max(0, newest.first + newest.count - 1 - count), limit=count)
    return lines


def every(run_id: uuid.UUID) -> Iterator[NumberedLine]:
    """Yield all lines in order, a chunk in memory at a time."""
    yield from _from(run_id, 1)


def _from(run_id: uuid.UUID, first: int) -> Iterator[NumberedLine]:
    chunks = Chunk.objects.filter(run_id=run_id)
    holding = chunks.filter(first__lte=first).order_by("-first").values_list("first", flat=True)
    start = holding.first() or 1
    for chunk in chunks.filter(first__gte=start).order_by("first").iterator(chunk_size=16):
        for line in chunk.lines():
            if line.n >= first:
                yield line
