"""The ledger thread: the only one of a worker that writes attempts to the database, over one kept
connection.

Slots hand it functions; it commits what waits in groups, so that many claims, lines and ends share
one durable commit. A caller goes on only after the commit. A function must be fit to be done
again: when a commit's answer was lost, or when another of its group failed, the same function is
called anew in a new transaction, and finds by its token what is done.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from django.db import (
    DEFAULT_DB_ALIAS,
    Error,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    connections,
)

from samovar import sqlite, transactions
from samovar.models import wire

logger = logging.getLogger(__name__)

T = TypeVar("T")

GROUP = 64
"""Functions of one transaction."""
TRIES = 5
"""How often a function is tried that a living database refuses, as after a deadlock."""
SYNC_SECONDS = 0.02
"""How long a commit that did not wait for the disk waits for another one to take it along."""
IDLE_SECONDS = 1.0
"""How long there was no work when SQLite's WAL is emptied."""
LONGEST_PAUSE = 2.0
"""Seconds between two tries while the database is away."""
_AWAY = ("08", "53", "57", "58", "25P03")
"""PostgreSQL's error codes: connection, resources, an operator's hand, the system; and the end of
a transaction that has idled, as when its worker was stopped and continued.
"""
_CANCELED = "57014"
STOPPED = "The ledger thread has stopped; nothing more is written by this worker."

_Entry = tuple[float, int, Callable[[], Any], "Future[Any]", bool]


class LedgerThread:
    """A queue of functions and the thread that commits them."""

    def __init__(self) -> None:
        self._waiting: list[_Entry] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._ended = False
        self._give_up_at = float("inf")
        self._wal = sqlite.Wal()
        self._connection: Any = None
        self._thread = threading.Thread(target=self._work, name="samovar-ledger", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Commit what waits, then end; give up after `timeout` seconds."""
        with self._changed:
            self._stopping = True
            self._give_up_at = time.monotonic() + timeout
            self._changed.notify()
        self._thread.join(timeout)

    def call(self, function: Callable[[], T], *, is_synced: bool = True) -> T:
        """Do `function` in a transaction and return its answer once that is committed.

        On SQLite a commit that need not be `is_synced` reaches the disk soon after. Raises what
        `function` raises; that is rolled back, and others' work is not.
        """
        return self.post(function, is_synced=is_synced).result()

    def post(
        self, function: Callable[[], T], *, after: float = 0.0, is_synced: bool = True
    ) -> Future[T]:
        """Do `function` in a transaction, not before `after` seconds have passed; do not wait."""
        future: Future[T] = Future()
        due = time.monotonic() + after if after else 0.0
        with self._changed:
            if self._ended:
                raise RuntimeError(STOPPED)
            heapq.heappush(self._waiting, (due, next(self._order), function, future, is_synced))
            self._changed.notify()
        return future

    def sync(self) -> None:
        """Bring to the disk what has been committed. Any thread may call it."""
        self._wal.sync()

    def hang_up(self) -> None:
        """Break the connection under a statement that the database does not answer; what was on
        its way is done again over a new one. Any thread may call it.
        """
        wire.hang_up(self._connection)

    def _work(self) -> None:
        self._connection = connections[DEFAULT_DB_ALIAS]
        self._wal.lay_out()
        try:
            while (group := self._next_group()) is not None:
                self._commit(group) if group else self._tidy()
                self._wal.after_commit()
        finally:
            with self._changed:
                self._ended = True
                left, self._waiting = self._waiting, []
            for _, _, _, future, _ in left:
                future.set_exception(RuntimeError(STOPPED))
            _drop_connection()

    def _next_group(self) -> list[_Entry] | None:
        """Wait for work; an empty list is a quiet moment, None the end."""
        with self._changed:
            while not (group := self._take_due()):
                if self._stopping:
                    return None
                is_quiet = not self._changed.wait(self._pause()) and not self._waiting
                if is_quiet and (self._wal.owes_sync or self._wal.is_filled):
                    return []
            return group

    def _tidy(self) -> None:
        """Use a quiet moment."""
        if self._wal.owes_sync:
            self._wal.sync()
        else:
            self._wal.empty()

    def _take_due(self) -> list[_Entry]:
        now = time.monotonic()
        group: list[_Entry] = []
        while self._waiting and len(group) < GROUP:
            if self._waiting[0][0] > now and not self._stopping:
                break
            group.append(heapq.heappop(self._waiting))
        return group

    def _pause(self) -> float | None:
        """Return how long to wait for work; None when nothing has to be done without any."""
        if self._waiting:
            return max(0.0, self._waiting[0][0] - time.monotonic())
        if self._wal.owes_sync:
            return SYNC_SECONDS
        return IDLE_SECONDS if self._wal.is_filled else None

    def _commit(self, group: list[_Entry]) -> None:
        """Commit the group whole; when one of it fails, each alone."""
        alone = len(group) == 1
        is_synced = any(entry[4] for entry in group)
        try:
            with contextlib.nullcontext() if is_synced else self._wal.unsynced():
                answers = self._persistently(
                    lambda: [function() for _, _, function, _, _ in group], TRIES if alone else 1
                )
        except Exception as error:  # noqa: BLE001 - it is the caller's, who gets it
            if alone:
                group[0][3].set_exception(error)
                return
            for entry in group:
                self._commit([entry])
            return
        for (_, _, _, future, _), answer in zip(group, answers, strict=True):
            future.set_result(answer)

    def _persistently(self, work: Callable[[], T], tries: int) -> T:
        """Do `work` in a transaction; while the database is away, again and again."""
        pause = 0.05
        while True:
            try:
                wire.keep_plans()
                with transactions.write():
                    return work()
            except (OperationalError, InterfaceError, InternalError) as error:
                is_away = _is_away(error)
                tries -= not is_away
                if not tries or time.monotonic() > self._give_up_at:
                    raise
                logger.warning("The database did not take a write; trying again: %s", error)
                if is_away:
                    _drop_connection()
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _is_away(error: Error) -> bool:
    """Return whether the database, and not the statement, is at fault."""
    if connection.vendor == "sqlite":
        return any(word in str(error) for word in ("locked", "full", "disk I/O", "unable to open"))
    # Not asked of the connection itself: Django may have made another one meanwhile.
    code = getattr(error.__cause__, "sqlstate", None)
    return code is None or (code.startswith(_AWAY) and code != _CANCELED)


def _drop_connection() -> None:
    try:
        connection.close()
    except Error:
        connection.connection = None
