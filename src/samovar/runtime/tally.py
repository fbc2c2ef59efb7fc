"""The tally: what a worker counts of its runs, on its way into the ledger.

A row for each count, written at each run's end, would make all workers queue for that row. So a
worker counts in memory, and adds to the ledger every few seconds and at its end. One that is
killed takes the last seconds of its counts with it: they are figures for graphs, and the runs
themselves are in the ledger.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict

from samovar import transactions
from samovar.models import FINAL, Counter, Run, RunState
from samovar.runtime import events
from samovar.runtime.events import RunEvent, RunMoved, RunSaid, RunStarted

RUNS, SECONDS, TOTAL, BYTES, LOST = "runs", "seconds", "seconds_total", "log_bytes", "lost_news"
BUCKETS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)
"""Upper bounds of durations, in seconds."""
OVER = "+Inf"

_Key = tuple[str, str, str]
_current: Tally | None = None


class Tally:
    """Counts by (name, job, label): a subscriber of its process's events."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._counts: defaultdict[_Key, float] = defaultdict(float)
        self._began: dict[uuid.UUID, float] = {}
        self._lost = events.lost()

    def open(self) -> None:
        """Count from now on."""
        global _current  # noqa: PLW0603 - one for the process
        _current = self
        events.subscribe(self)

    def close(self) -> None:
        """Count no more."""
        global _current  # noqa: PLW0603 - one for the process
        _current = None
        events.unsubscribe(self)

    def __call__(self, event: RunEvent, /) -> None:
        """Count `event`."""
        with self._guard:
            if isinstance(event, RunStarted):
                self._began[event.run_id] = time.monotonic()
            elif isinstance(event, RunSaid):
                self._counts[BYTES, event.job, ""] += event.size
            elif isinstance(event, RunMoved) and event.state != RunState.CANCELLING:
                self._end(event)

    @property
    def is_filled(self) -> bool:
        """Whether there is something to write."""
        with self._guard:
            return any(self._counts.values()) or events.lost() > self._lost

    def write(self) -> None:
        """Add what was counted to the ledger. Requires a transaction."""
        with self._guard:
            counts = {key: by for key, by in self._counts.items() if by}
            lost = events.lost()
        if lost > self._lost:
            counts[LOST, "", ""] = lost - self._lost
        # In one order everywhere: two workers never wait for each other.
        for (name, job, label), by in sorted(counts.items()):
            Counter.grow(name, by, job=job, label=label)
        transactions.after_commit(lambda: self._written(counts, lost))

    def _written(self, counts: dict[_Key, float], lost: int) -> None:
        with self._guard:
            for key, by in counts.items():
                if key[0] != LOST:
                    self._counts[key] -= by
            self._lost = lost

    def _end(self, event: RunMoved) -> None:
        began = self._began.pop(event.run_id, None)
        if event.state not in FINAL:
            return
        self._counts[RUNS, event.job, event.state] += 1
        if began is not None:
            seconds = time.monotonic() - began
            self._counts[SECONDS, event.job, bucket(seconds)] += 1
            self._counts[TOTAL, event.job, ""] += seconds


def is_kept() -> bool:
    """Return whether this process keeps a tally, which counts for all of it."""
    return _current is not None


def write_lost(count: int) -> None:
    """Add news that were lost by a process without a tally to the ledger."""
    with transactions.write():
        Counter.grow(LOST, count)


def bucket(seconds: float) -> str:
    """Return the label of the first bound that `seconds` do not exceed."""
    return next((f"{bound:g}" for bound in BUCKETS if seconds <= bound), OVER)


def tell(run: Run, state: RunState) -> None:
    """Tell, and count, that `run`, which nobody holds, has become `state`. Requires a
    transaction.
    """
    events.emit(events.RunMoved(run.pk, run.job, run.attempt, run.log_lines, state=state))
    # A process that keeps a tally hears of it there.
    if state in FINAL and _current is None:
        Counter.grow(RUNS, 1, job=run.job, label=state)
