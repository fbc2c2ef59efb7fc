"""What this process has pushed of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samovar.live.base import Update, changes, log_event
from samovar.live.event import Event
from samovar.live.feed import Feed
from samovar.models import FINAL, HELD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samovar.models import Run
    from samovar.runtime.events import RunEvent

LINES_A_MESSAGE = 250
"""A message is small beside the megabyte that Centrifugo lets wait for a slow viewer."""


class Told:
    """One run from the attempt on of which this process tells. See Note [One teller] in events.py.

    `is_over` says that another tells of it from now on, or that its end is told; `is_behind` that
    more stands in the ledger than was told.
    """

    def __init__(self, event: RunEvent) -> None:
        self.is_over = self.is_behind = False
        self.attempt = event.attempt
        self._position = event.after
        self._feed = Feed(event.run_id, event.after)
        self._before: Update | None = None

    def hear(self, event: RunEvent) -> None:
        """Hear that the ledger has more; perhaps of the next attempt, which is ours too."""
        self.attempt = max(self.attempt, event.attempt)

    def forget(self) -> None:
        """Take what was told last for unheard: how the run stands is told again. Lines are not:
        who misses some reads the ledger.
        """
        self._before = None
        self.is_over = False

    def news(self, run: Run) -> Iterator[Event]:
        """Yield what is new in the row that has just been read, and in the run's log."""
        update = self._feed.take(run)
        is_ours = run.attempt == self.attempt
        if self._before is None and is_ours and run.state not in FINAL:
            yield from changes(None, update, self._position)
            self._before = update.without_lines()
        yield from self._lines(update)
        self.is_behind = update.last < run.log_lines
        if is_ours:
            yield from changes(self._before, update, self._position)
            self._before = update.without_lines()
        self.is_over = not self.is_behind and (not is_ours or run.state not in HELD)

    def _lines(self, update: Update) -> Iterator[Event]:
        """Yield the lines of our attempts; the next one's are told by its worker."""
        lines = tuple(line for line in update.lines if line["attempt"] <= self.attempt)
        for start in range(0, len(lines), LINES_A_MESSAGE):
            part = lines[start : start + LINES_A_MESSAGE]
            self._position = part[-1]["n"]
            yield log_event(part, is_last=update.is_final and self._position == update.last)
