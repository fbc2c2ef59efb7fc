"""The ledger thread: the only one of a worker that writes attempts to the database, over one kept
connection.

Slots hand it functions; it commits what waits in groups, so that many claims, lines and ends share
one durable commit. A caller goes on only after the commit. A function must be fit to be done
again: when a commit's answer was lost, or when another of its group failed, the same function is
called anew in a new transaction, and finds by its token what is done.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from django.db import Error, InterfaceError, OperationalError, connection

from samovar import transactions

logger = logging.getLogger(__name__)

T = TypeVar("T")

GROUP = 64
"""Functions of one transaction."""
CHECKPOINT_SECONDS = 5.0
"""How often the WAL of SQLite is moved into the database."""
LONGEST_PAUSE = 2.0
"""Seconds between two tries while the database is away."""

_Entry = tuple[float, int, Callable[[], Any], "Future[Any]"]


class LedgerThread:
    """A queue of functions and the thread that commits them."""

    def __init__(self) -> None:
        self._waiting: list[_Entry] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._checkpoint_at = 0.0
        self._thread = threading.Thread(target=self._work, name="samovar-ledger", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Commit what waits, then end; give up after `timeout` seconds."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout)

    def call(self, function: Callable[[], T]) -> T:
        """Do `function` in a transaction and return its answer once that is committed."""
        return self.post(function).result()

    def post(self, function: Callable[[], T], *, after: float = 0.0) -> Future[T]:
        """Do `function` in a transaction, not before `after` seconds have passed; do not wait."""
        future: Future[T] = Future()
        due = time.monotonic() + after if after else 0.0
        with self._changed:
            if self._stopping:
                due = 0.0
            heapq.heappush(self._waiting, (due, next(self._order), function, future))
            self._changed.notify()
        return future

    def _work(self) -> None:
        while group := self._next_group():
            self._commit(group)
            self._checkpoint()
        connection.close()

    def _next_group(self) -> list[_Entry]:
        """Wait for work; an empty list says that there is none and will be none."""
        with self._changed:
            while not (group := self._take_due()):
                if self._stopping and not self._waiting:
                    return []
                self._changed.wait(self._pause())
            return group

    def _take_due(self) -> list[_Entry]:
        now = time.monotonic()
        group: list[_Entry] = []
        while self._waiting and len(group) < GROUP:
            if self._waiting[0][0] > now and not self._stopping:
                break
            group.append(heapq.heappop(self._waiting))
        return group

    def _pause(self) -> float | None:
        return max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else None

    def _commit(self, group: list[_Entry]) -> None:
        """Commit the group whole; when one of it fails, each alone."""
        try:
            answers = self._persistently(lambda: [function() for _, _, function, _ in group])
        except Exception as error:  # noqa: BLE001 - it is the caller's, who gets it
            if len(group) == 1:
                group[0][3].set_exception(error)
                return
            for entry in group:
                self._commit([entry])
            return
        for (_, _, _, future), answer in zip(group, answers, strict=True):
            future.set_result(answer)

    def _persistently(self, work: Callable[[], T]) -> T:
        """Do `work` in a transaction, again and again while the database is away."""
        pause = 0.05
        while True:
            try:
                with transactions.write():
                    return work()
            except (OperationalError, InterfaceError) as error:
                if self._stopping and pause > 1:
                    raise
                logger.warning("The database does not answer; trying again: %s", error)
                _drop_connection()
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _checkpoint(self) -> None:
        """Move SQLite's WAL into the database now and then: nobody else does."""
        if connection.vendor != "sqlite" or time.monotonic() < self._checkpoint_at:
            return
        self._checkpoint_at = time.monotonic() + CHECKPOINT_SECONDS
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
                cursor.fetchall()
        except Error as error:
            logger.warning("The WAL could not be checkpointed: %s", error)


def _drop_connection() -> None:
    try:
        connection.close()
    except Error:
        connection.connection = None
