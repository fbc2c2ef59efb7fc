"""The recorder: what an attempt says, on its way into the ledger.

Lines wait in memory until the ledger thread takes them: at once after silence, every 50 ms in a
flood. One fenced UPDATE on the run moves its counters, and the lines stand beside it in chunks.
When that UPDATE finds no row, the attempt is fenced.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import F

from samovar.models import HELD, Chunk, Run
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.types import Batch, Progress, Stream

EVERY_SECONDS = 0.05
"""The time between two commits of one attempt's lines."""
CHUNK_BYTES = 64 * 1024
ROOM_BYTES = 8 * 1024 * 1024
"""What may wait in memory; a job that prints faster than the ledger takes it waits on its pipe."""
TEXT_CHARACTERS = 200


class Recorder:
    """Takes lines, progress and checkpoints of one attempt; used by its slot and by the ledger
    thread.

    Without a ledger thread nothing is written but by `write`: so a rescuer adds its words to the
    log of another's attempt.
    """

    def __init__(
        self,
        ledger: LedgerThread | None,
        claimed: Claimed,
        fence: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._claimed = claimed
        self._fence = fence
        self._changed = threading.Condition()
        self._batches: list[Batch] = []
        self._bytes = 0
        self._progress: Progress | None = None
        self._percent = 0.0
        self._checkpoint: str | None = None
        self._chunks: list[Chunk] = []
        self._columns: dict[str, Any] = {}
        self._next_line = claimed.next_line
        self._is_posted = False
        self._written_at = 0.0
        self.is_fenced = False

    def lines(self, batches: Sequence[Batch], /) -> None:
        """Keep lines of the log; waits while too much is on its way."""
        size = sum(len(text) + 1 for batch in batches for text in batch.texts)
        with self._changed:
            self._changed.wait_for(lambda: self._bytes < ROOM_BYTES or self.is_fenced)
            self._batches.extend(batch for batch in batches if batch.texts)
            self._bytes += size
            self._post()

    def progress(self, progress: Progress, /) -> None:
        """Keep how far the attempt is; the newest counts."""
        with self._changed:
            self._progress = progress
            self._post()

    def checkpoint(self, state: str, /) -> None:
        """Keep what the next attempt may go on from (JSON text); the newest counts."""
        with self._changed:
            self._checkpoint = state
            self._post()

    def say(self, text: str, level: str = "info") -> None:
        """Add a line of our own words to the log."""
        self.lines([Batch(time.time(), Stream.SYSTEM, level, text.splitlines() or [""])])

    def write(self) -> bool:
        """Write all that waits; answer False when the attempt is fenced. Requires a transaction of
        the ledger thread.
        """
        with self._changed:
            self._prepare()
        if self._chunks or self._columns:
            rows = Run.objects.filter(
                pk=self._claimed.run_id, token=self._claimed.token, state__in=HELD
            )
            if not rows.update(version=F("version") + 1, **self._columns):
                return False
            Chunk.objects.bulk_create(self._chunks, ignore_conflicts=True)
        return True

    def _post(self) -> None:
        """Ask for a write, unless one is on its way."""
        if self._ledger is None or self._is_posted or self.is_fenced:
            return
        self._is_posted = True
        wait = self._written_at + EVERY_SECONDS - time.monotonic()
        future = self._ledger.post(self.write, after=max(0.0, wait))
        future.add_done_callback(
            lambda done: self._done(held=not done.exception() and done.result())
        )

    def _done(self, *, held: bool) -> None:
        with self._changed:
            self._is_posted = False
            self._written_at = time.monotonic()
            self._chunks, self._columns = [], {}
            self.is_fenced = self.is_fenced or not held
            if self._batches or self._progress or self._checkpoint is not None:
                self._post()
            self._changed.notify_all()
        if not held:
            self._fence()

    def _prepare(self) -> None:
        """Turn what waits into rows; they stay until they are committed, for the write may be done
        again.
        """
        for batches in _by_size(self._batches):
            chunk = Chunk.pack(
                self._claimed.run_id, self._claimed.attempt, self._next_line, batches
            )
            self._next_line += chunk.count
            self._chunks.append(chunk)
            self._columns["log_lines"] = self._next_line - 1
        self._batches, self._bytes = [], 0
        if self._progress is not None:
            self._columns |= self._progress_columns(self._progress)
            self._progress = None
        if self._checkpoint is not None:
            self._columns["checkpoint"] = json.loads(self._checkpoint)
            self._checkpoint = None
        self._changed.notify_all()

    def _progress_columns(self, progress: Progress) -> dict[str, Any]:
        columns: dict[str, Any] = {
            "progress_done": progress.done,
            "progress_total": progress.total,
            "progress_text": progress.text.replace("\0", "\N{REPLACEMENT CHARACTER}")[
                :TEXT_CHARACTERS
            ],
        }
        if progress.done is not None and progress.total is not None:
            # Nothing to do is all done.
            share = progress.done / progress.total if progress.total else 1.0
            percent = min(100.0, max(0.0, 100 * share))
            self._percent = max(self._percent, percent)
            columns["progress_percent"] = self._percent
        return columns


def _by_size(batches: list[Batch]) -> list[list[Batch]]:
    """Part batches into groups of about a chunk's size."""
    groups: list[list[Batch]] = []
    size = CHUNK_BYTES
    for batch in batches:
        if size >= CHUNK_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(batch)
        size += sum(len(text) + 1 for text in batch.texts)
    return groups
