"""What has been read of one run, look by look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samovar.live.base import Update
from samovar.models import Run
from samovar.runtime import lines as log
from samovar.runtime.snapshot import line, snapshot

if TYPE_CHECKING:
    import uuid

LINES_A_LOOK = 1000


class Feed:
    """One run, read from line `last` + 1 on; without `last`, from where its log stands at the
    first look.
    """

    def __init__(self, run_id: uuid.UUID, last: int | None = None) -> None:
        self.run_id = run_id
        self.latest: Update | None = None
        self.version = -1
        self._last = last

    def has_moved(self, version: int, log_lines: int) -> bool:
        """Return whether the ledger holds more than the last update told."""
        return self.latest is None or version != self.version or log_lines > self.latest.last

    def look(self) -> Update:
        """Read the run and the lines since the last look."""
        return self.take(Run.objects.get(pk=self.run_id))

    def take(self, run: Run) -> Update:
        """Do the same with a row that has just been read."""
        last = run.log_lines if self._last is None else self._last
        fresh: tuple[dict[str, Any], ...] = ()
        more = False
        if run.log_lines > last:
            numbered, more = log.read(self.run_id, after=last, limit=LINES_A_LOOK)
            fresh = tuple(line(one) for one in numbered)
            last = fresh[-1]["n"] if fresh else last
        self.version, self._last = run.version, last
        self.latest = Update(snapshot(run), last, fresh, is_final=run.is_final and not more)
        return self.latest
