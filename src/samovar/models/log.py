"""The log of a run, stored in chunks.

A chunk is one row for consecutive lines of one attempt: `first` is the number of its first line in
the run, `count` how many lines it has. `body` holds the lines' texts joined by newlines,
compressed above 256 bytes. `index` holds segments `[count, at, stream, level]`: as many lines in a
row that were read at one instant (`at`, seconds since the epoch) from one stream at one level.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.db import models

from samovar.types import Batch

if TYPE_CHECKING:
    import uuid

COMPRESS_ABOVE = 256
"""Bytes; below this zlib gains nothing."""


class NumberedLine(NamedTuple):
    """A line as the ledger gives it; `at` is seconds since the epoch."""

    n: int
    at: float
    attempt: int
    level: str
    stream: str
    text: str


class Chunk(models.Model):
    """Consecutive lines of one attempt."""

    run = models.ForeignKey("Run", models.CASCADE, related_name="chunks", db_index=False)
    attempt = models.IntegerField()
    first = models.BigIntegerField()
    count = models.IntegerField()
    index = models.JSONField()
    body = models.BinaryField()
    is_packed = models.BooleanField(default=False)

    class Meta:
        """A line has one place: the fence against writing it twice."""

        constraints = [
            models.UniqueConstraint(fields=["run", "first"], name="samovar_chunk_first")
        ]

    def __str__(self) -> str:
        """Return which lines it holds."""
        return f"{self.run_id} {self.first}+{self.count}"

    @classmethod
    def pack(cls, run_id: uuid.UUID, attempt: int, first: int, batches: Sequence[Batch]) -> Chunk:
        """Return an unsaved chunk that holds the lines of `batches`, numbered from `first`."""
        texts = [text for batch in batches for text in batch.texts]
        body = "\n".join(texts).encode("utf-8", "replace")
        packed = len(body) > COMPRESS_ABOVE
        return cls(
            run_id=run_id,
            attempt=attempt,
            first=first,
            count=len(texts),
            index=[[len(b.texts), round(b.at, 6), b.stream, b.level] for b in batches],
            body=zlib.compress(body, 1) if packed else body,
            is_packed=packed,
        )

    def text(self) -> str:
        """Return the lines' texts, joined by newlines."""
        raw = bytes(self.body)
        return (zlib.decompress(raw) if self.is_packed else raw).decode()

    def lines(self) -> Iterator[NumberedLine]:
        """Yield the chunk's lines in order."""
        texts = iter(self.text().split("\n"))
        number = self.first
        for count, at, stream, level in self.index:
            for text in (next(texts) for _ in range(count)):
                yield NumberedLine(number, at, self.attempt, level, stream, text)
                number += 1
