"""One thread of a web process looks for all its viewers, and only while it has some.

Workers are other processes, so news can only be read. What the thread hands out is advice: a
viewer that missed something reads for itself.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from abc import ABC, abstractmethod
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from django.db import DatabaseError, connection

from samovar.live.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

logger = logging.getLogger(__name__)

BACK_OFF_SECONDS = 1.0

U = TypeVar("U")


class Watched(ABC, Generic[U]):
    """What somebody watches, and who does."""

    def __init__(self) -> None:
        self.viewers: set[Viewer[U]] = set()

    @abstractmethod
    def welcome(self) -> U | None:
        """Return what somebody is told who comes now; None before the first look."""


K = TypeVar("K", bound="Hashable")
W = TypeVar("W", bound=Watched[Any])


class Watch(ABC, Generic[K, W]):
    """Viewers subscribe in their event loop; the thread lives from the first to the last."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.RLock()
        self._watched: dict[K, W] = {}
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._is_stopped = False

    @abstractmethod
    def _begin(self, key: K) -> W:
        """Return what is watched by `key`, not looked at yet."""

    @abstractmethod
    def _look(self, watched: dict[K, W]) -> float:
        """Look at all once and `tell` what is new; return how many seconds to wait before the next
        look.
        """

    def subscribe(self, key: K) -> Viewer[Any]:
        """Return a viewer that is told of `key` from now on, beginning with how it stands.

        The caller has checked that whoever asks may see it.
        """
        viewer: Viewer[Any] = Viewer(key)
        with self._lock:
            if self._is_stopped:
                viewer.close()
                return viewer
            watched = self._watched.get(key)
            if watched is None:
                watched = self._watched[key] = self._begin(key)
            watched.viewers.add(viewer)
            if (welcome := watched.welcome()) is not None:
                viewer.put(welcome)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
        self._wake.set()
        return viewer

    def unsubscribe(self, viewer: Viewer[Any]) -> None:
        """Forget the viewer."""
        key = cast("K", viewer.key)
        with self._lock:
            watched = self._watched.get(key)
            if watched is None:
                return
            watched.viewers.discard(viewer)
            if not watched.viewers:
                del self._watched[key]

    def stop(self) -> None:
        """Close every viewer, now and from now on: the server is about to stop."""
        with self._lock:
            self._is_stopped = True
            viewers = [viewer for each in self._watched.values() for viewer in each.viewers]
            self._watched.clear()
        self._wake.set()
        _in_their_loops(viewers, Viewer.close)

    def tell(self, watched: W, update: object) -> None:
        """Tell its viewers."""
        with self._lock:
            viewers = list(watched.viewers)
        _in_their_loops(viewers, lambda viewer: viewer.put(update))

    def drop(self, key: K) -> None:
        """Close the viewers of what is not there any more."""
        with self._lock:
            watched = self._watched.pop(key, None)
        if watched is not None:
            _in_their_loops(list(watched.viewers), Viewer.close)

    def _work(self) -> None:
        try:
            while self._goes_on():
                self._wake.clear()
                self._wake.wait(self._guarded_look())
        finally:
            connection.close()

    def _goes_on(self) -> bool:
        with self._lock:
            if not self._watched:
                self._thread = None
            return self._thread is not None

    def _guarded_look(self) -> float:
        with self._lock:
            watched = dict(self._watched)
        try:
            return self._look(watched)
        except DatabaseError as error:
            logger.warning("The ledger could not be read for live pages: %s", error)
            connection.close()
            return BACK_OFF_SECONDS


def _in_their_loops(viewers: list[Viewer[Any]], call: Callable[[Viewer[Any]], None]) -> None:
    """Do `call` for each viewer in its own loop; one wake-up a loop."""

    def tell(group: Iterable[Viewer[Any]]) -> None:
        for viewer in group:
            call(viewer)

    def home(viewer: Viewer[Any]) -> int:
        return id(viewer.loop)

    for _, group in groupby(sorted(viewers, key=home), key=home):
        members = list(group)
        # A loop that is closed has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            members[0].loop.call_soon_threadsafe(tell, members)
