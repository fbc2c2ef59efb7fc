"""The tailer: reads the ledger for all viewers of runs.

Each look is one query for the versions and line counts of all watched runs; only a run that moved
is read again, once for however many viewers it has. A viewer that missed something finds the gap
by the lines' numbers and reads the ledger itself.
"""

from __future__ import annotations

import uuid

from samovar.live.base import Update
from samovar.live.feed import Feed
from samovar.live.watch import Watch, Watched
from samovar.models import Run

LOOK_SECONDS = 0.1


class WatchedRun(Watched[Update]):
    """A run that somebody watches."""

    def __init__(self, run_id: uuid.UUID) -> None:
        super().__init__()
        self.feed = Feed(run_id)

    def welcome(self) -> Update | None:
        """Return how the run stands; lines are read by whoever needs them."""
        return None if self.feed.latest is None else self.feed.latest.without_lines()


class Tailer(Watch[uuid.UUID, WatchedRun]):
    """Viewers of runs."""

    def __init__(self) -> None:
        super().__init__("samovar-tailer")

    def _begin(self, key: uuid.UUID) -> WatchedRun:
        return WatchedRun(key)

    def _look(self, watched: dict[uuid.UUID, WatchedRun]) -> float:
        rows = Run.objects.filter(pk__in=watched).values_list("pk", "version", "log_lines")
        heads = {pk: (version, log_lines) for pk, version, log_lines in rows}
        is_behind = False
        for run_id, each in watched.items():
            if run_id not in heads:
                self.drop(run_id)
            elif each.feed.has_moved(*heads[run_id]):
                is_behind |= self._advance(run_id, each) < heads[run_id][1]
        return 0 if is_behind else LOOK_SECONDS

    def _advance(self, run_id: uuid.UUID, watched: WatchedRun) -> int:
        """Tell the run's viewers what is new; return the number of the last line told."""
        try:
            update = watched.feed.look()
        except Run.DoesNotExist:
            self.drop(run_id)
            return 0
        self.tell(watched, update)
        return update.last


tailer = Tailer()
"""The tailer of this process."""
