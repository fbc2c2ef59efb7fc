"""One thread of a web process reads the ledger for all its viewers, and only while it has some.

Workers are other processes, so news can only be read. Each look is one query for the versions and
line counts of all watched runs; only a run that moved is read again, once for however many viewers
it has. What the thread hands out is advice: a viewer that missed something finds the gap by the
lines' numbers and reads the ledger itself.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection

from samovar.live.feed import Feed
from samovar.live.viewer import Viewer
from samovar.models import Run

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
BACK_OFF_SECONDS = 1.0


class Watched(Feed):
    """A run that somebody watches, and who does."""

    def __init__(self, run_id: uuid.UUID) -> None:
        super().__init__(run_id)
        self.viewers: set[Viewer] = set()


class Tailer:
    """Viewers subscribe in their event loop; the thread lives from the first to the last."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._feeds: dict[uuid.UUID, Watched] = {}
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._is_stopped = False

    def subscribe(self, run_id: uuid.UUID) -> Viewer:
        """Return a viewer that is told of the run from now on, beginning with how it stands.

        The caller has checked that whoever asks may see the run.
        """
        viewer = Viewer(run_id)
        with self._lock:
            if self._is_stopped:
                viewer.close()
                return viewer
            feed = self._feeds.setdefault(run_id, Watched(run_id))
            feed.viewers.add(viewer)
            if feed.latest is not None:
                viewer.put(feed.latest.without_lines())
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._follow, name="samovar-tailer", daemon=True
                )
                self._thread.start()
        self._wake.set()
        return viewer

    def unsubscribe(self, viewer: Viewer) -> None:
        """Forget the viewer."""
        with self._lock:
            feed = self._feeds.get(viewer.run_id)
            if feed is None:
                return
            feed.viewers.discard(viewer)
            if not feed.viewers:
                del self._feeds[viewer.run_id]

    def stop(self) -> None:
        """Close every viewer, now and from now on: the server is about to stop."""
        with self._lock:
            self._is_stopped = True
            viewers = [viewer for feed in self._feeds.values() for viewer in feed.viewers]
            self._feeds.clear()
        self._wake.set()
        _tell(viewers, Viewer.close)

    def _follow(self) -> None:
        try:
            while self._goes_on():
                self._wake.clear()
                self._wake.wait(self._look())
        finally:
            connection.close()

    def _goes_on(self) -> bool:
        with self._lock:
            if not self._feeds:
                self._thread = None
            return self._thread is not None

    def _look(self) -> float:
        """Look at every watched run once; return how many seconds to wait before the next look."""
        with self._lock:
            feeds = dict(self._feeds)
        try:
            rows = Run.objects.filter(pk__in=feeds).values_list("pk", "version", "log_lines")
            heads = {pk: (version, log_lines) for pk, version, log_lines in rows}
            behind = False
            for run_id, feed in feeds.items():
                if run_id not in heads:
                    self._drop(feed)
                elif feed.has_moved(*heads[run_id]):
                    behind |= self._advance(feed) < heads[run_id][1]
        except (DatabaseError, Run.DoesNotExist) as error:
            logger.warning("The ledger could not be read for live pages: %s", error)
            connection.close()
            return BACK_OFF_SECONDS
        return 0 if behind else LOOK_SECONDS

    def _advance(self, feed: Watched) -> int:
        """Tell the feed's viewers what is new; return the number of the last line told."""
        update = feed.look()
        with self._lock:
            viewers = list(feed.viewers)
        _tell(viewers, lambda viewer: viewer.put(update))
        return update.last

    def _drop(self, feed: Watched) -> None:
        """Close the viewers of a run that is not in the ledger any more."""
        with self._lock:
            self._feeds.pop(feed.run_id, None)
        _tell(list(feed.viewers), Viewer.close)


def _tell(viewers: list[Viewer], call: Callable[[Viewer], None]) -> None:
    """Do `call` for each viewer in its own loop; one wake-up a loop."""

    def tell(group: Iterable[Viewer]) -> None:
        for viewer in group:
            call(viewer)

    def home(viewer: Viewer) -> int:
        return id(viewer.loop)

    for _, group in groupby(sorted(viewers, key=home), key=home):
        members = list(group)
        # A loop that is closed has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            members[0].loop.call_soon_threadsafe(tell, members)


tailer = Tailer()
"""The tailer of this process."""
