"""The recorder: what an attempt says, on its way into the ledger.

Lines wait in memory until the ledger thread takes them: at once after silence, every 50 ms in a
flood. One fenced UPDATE on the run moves its counters, and the lines stand beside it in chunks.
When that UPDATE finds no row, the attempt is fenced.

# Note [Written again]
A transaction may be rolled back, or committed without our hearing of it, and its functions are
called anew. So what waits becomes rows once, with its numbers, and the rows stay here until their
commit is known; a chunk that is there already is left as it is.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from django.db.models import F

from samovar import clock
from samovar.models import HELD, Artifact, Chunk, Run
from samovar.models.ladder import LadderStep, Taken, kept
from samovar.runtime import events, storable
from samovar.runtime.claim import Claimed
from samovar.runtime.ledger import LedgerThread
from samovar.types import Batch, Progress

logger = logging.getLogger(__name__)

EVERY_SECONDS = 0.05
"""The time between two commits of one attempt's lines."""
CHUNK_CHARACTERS = 64 * 1024
ROOM_CHARACTERS = 8 * 1024 * 1024
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
        self._size = 0
        self._progress: Progress | None = None
        self._percent = 0.0
        self._saved: dict[str, str] = {}
        self._chunks: list[Chunk] = []
        self._columns: dict[str, Any] = {}
        self._stored: list[Mapping[str, Any]] = []
        self._files: dict[str, Artifact] = {}
        self._steps: list[Taken] = []
        self._ladder: list[Taken] = []
        self._next_line = claimed.next_line
        self._is_posted = False
        self._is_closed = False
        self._written_at = 0.0
        self.is_fenced = False

    def lines(self, batches: Sequence[Batch], /) -> None:
        """Keep lines of the log; waits while too much is on its way."""
        size = sum(len(text) + 1 for batch in batches for text in batch.texts)
        with self._changed:
            self._changed.wait_for(lambda: self._size < ROOM_CHARACTERS or self.is_fenced)
            self._batches.extend(batch for batch in batches if batch.texts)
            self._size += size
            self._post()

    def progress(self, progress: Progress, /) -> None:
        """Keep how far the attempt is; the newest counts."""
        with self._changed:
            self._progress = progress
            self._post()

    def checkpoint(self, state: str, /) -> None:
        """Keep what the next attempt may go on from (JSON text); the newest counts."""
        self._save("checkpoint", state)

    def trail(self, trail: str, /) -> None:
        """Keep where the resumable loops stand (JSON text); the newest counts."""
        self._save("trail", trail)

    def artifact(self, stored: Mapping[str, Any], /) -> None:
        """Keep the record of a file that has been stored; the newest of a name counts."""
        with self._changed:
            self._stored.append(stored)
            self._post()

    def step(self, step: LadderStep, /) -> None:
        """Keep that the cancel has taken `step` now; the first time counts."""
        with self._changed:
            if all(step != taken.step for taken in (*self._ladder, *self._steps)):
                self._steps.append(Taken(step, clock.now()))
                self._post()

    @property
    def ladder(self) -> list[list[str]]:
        """All steps of the cancel that this attempt has told of, as its run keeps them."""
        with self._changed:
            return kept([*self._ladder, *self._steps])

    def close(self) -> None:
        """Leave what waits, and what comes, to the one who calls `write`."""
        with self._changed:
            self._is_closed = True

    def has_written_all(self) -> bool:
        """Return whether `write` would write nothing. Asked after `close`, that stays so."""
        with self._changed:
            waits = (self._batches, self._progress, self._saved, self._stored)
            return not any((*waits, self._columns, self._files, self.is_fenced))

    def write(self, words: Sequence[Batch] = ()) -> bool:
        """Write all that waits, and behind it `words`; answer False when the attempt is fenced.

        Requires a transaction; may be done again. See Note [Written again].
        """
        with self._changed:
            self._prepare()
            last = list(self._packed(words, self._next_line))
            columns = dict(self._columns)
            files = list(self._files.values())
        if last:
            columns["log_lines"] = last[-1].first + last[-1].count - 1
        if columns or files:
            held = Run.objects.filter(
                pk=self._claimed.run_id, token=self._claimed.token, state__in=HELD
            )
            if not held.update(version=F("version") + 1, **columns):
                return False
            Artifact.keep(files)
            chunks = [*self._chunks, *last]
            Chunk.objects.bulk_create(chunks, ignore_conflicts=True)
            self._tell(sum(len(chunk.body) for chunk in chunks))
        return True

    def _tell(self, size: int) -> None:
        claimed = self._claimed
        before = claimed.next_line - 1
        events.emit(
            events.RunSaid(claimed.run_id, claimed.job, claimed.attempt, before, size=size)
        )

    def _save(self, column: str, text: str) -> None:
        with self._changed:
            self._saved[column] = text
            self._post()

    def _post(self) -> None:
        """Ask for a write, unless one is on its way."""
        if self._ledger is None or self._is_posted or self._is_closed or self.is_fenced:
            return
        self._is_posted = True
        wait = self._written_at + EVERY_SECONDS - time.monotonic()
        future = self._ledger.post(self._write_unless_closed, after=max(0.0, wait))
        future.add_done_callback(self._written)

    def _write_unless_closed(self) -> bool:
        return self._is_closed or self.write()

    def _written(self, done: Future[bool]) -> None:
        """Forget what is committed. Called by the ledger thread, right after the commit."""
        if error := done.exception():
            logger.error("What run %s said cannot be kept: %r", self._claimed.run_id, error)
        with self._changed:
            self._is_posted = False
            if self._is_closed:
                return
            self._written_at = time.monotonic()
            self._chunks, self._columns, self._files = [], {}, {}
            self.is_fenced = error is not None or not done.result()
            if self._batches or self._progress or self._saved or self._stored or self._steps:
                self._post()
            self._changed.notify_all()
        if self.is_fenced:
            self._fence()

    def _prepare(self) -> None:
        """Turn what waits into rows."""
        for chunk in self._packed(self._batches, self._next_line):
            self._chunks.append(chunk)
            self._next_line += chunk.count
            self._columns["log_lines"] = self._next_line - 1
        self._batches, self._size = [], 0
        if self._progress is not None:
            self._columns |= self._progress_columns(self._progress)
            self._progress = None
        for column, text in self._saved.items():
            self._columns[column] = storable.json_value(text)
        self._saved = {}
        for stored in self._stored:
            self._files[stored["name"]] = Artifact(run_id=self._claimed.run_id, **stored)
        self._stored = []
        if self._steps:
            self._ladder += self._steps
            self._columns["ladder"] = kept(self._ladder)
            self._steps = []
        self._changed.notify_all()

    def _packed(self, batches: Sequence[Batch], first: int) -> Iterator[Chunk]:
        for part in by_size(batches):
            chunk = Chunk.pack(self._claimed.run_id, self._claimed.attempt, first, part)
            first += chunk.count
            yield chunk

    def _progress_columns(self, progress: Progress) -> dict[str, Any]:
        done, total = _finite(progress.done), _finite(progress.total)
        columns: dict[str, Any] = {
            "progress_done": done,
            "progress_total": total,
            "progress_text": storable.text(progress.text)[:TEXT_CHARACTERS],
        }
        if done is not None and total is not None:
            # Nothing to do is all done.
            percent = 100 * done / total if total else 100.0
            self._percent = max(self._percent, min(100.0, percent))
            columns["progress_percent"] = self._percent
        return columns


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def by_size(batches: Sequence[Batch]) -> Iterator[list[Batch]]:
    """Part batches into groups of about a chunk's size, cut between lines."""
    group: list[Batch] = []
    size = 0
    for batch in batches:
        start = 0
        for stop, text in enumerate(batch.texts, 1):
            size += len(text) + 1
            if size >= CHUNK_CHARACTERS:
                yield [*group, Batch(batch.at, batch.stream, batch.level, batch.texts[start:stop])]
                group, size, start = [], 0, stop
        if start < len(batch.texts):
            group.append(Batch(batch.at, batch.stream, batch.level, batch.texts[start:]))
    if group:
        yield group
