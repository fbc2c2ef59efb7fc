"""Set up each SQLite connection as several processes need it, whatever the project's DATABASES
says.

WAL, so that readers never wait for the writer; BEGIN IMMEDIATE, because the busy timeout does not
apply to a reader that becomes a writer; no checkpoint by a commit, because SQLite before 3.51.3
can corrupt the WAL when one connection checkpoints while another writes. So only a worker's ledger
thread checkpoints, and it holds the gate while it does.

# Note [Written over]
To sync a file that has become longer costs several times what it costs to sync one that was
written over, because the file system has to write down its length, too. So the WAL is never cut
off while it is of a usual size: what is in the database already is written over from its
beginning. Hence the file's size says nothing of what it holds.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import Error, connection

from samovar import transactions

logger = logging.getLogger(__name__)

BUSY_SECONDS = 20
CHECKPOINT_SECONDS = 1.0
"""The shortest time between two checkpoints under load."""
LONG_BYTES = 4 * 1024 * 1024
"""A WAL of this size is moved into the database under load, too."""
IDLE_BYTES = 256 * 1024
"""A WAL of this size is moved into the database in a quiet moment."""
LAID_OUT_BYTES = 1024 * 1024
"""How long the file is made before it is used: enough for what is written from one quiet moment to
the next when people start runs by hand.
"""
LONGEST_BYTES = 32 * 1024 * 1024
"""A longer file is cut off in a quiet moment."""


def prepare(*, connection: Any, **_: object) -> None:
    """Receive Django's `connection_created`."""
    if connection.vendor != "sqlite":
        return
    connection.transaction_mode = "IMMEDIATE"
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA wal_autocheckpoint = 0")


class Wal:
    """The WAL as the thread sees it that checkpoints; on another database it does nothing."""

    def __init__(self) -> None:
        self._checkpointed_at = 0.0
        self._moved = Round()
        self.owes_sync = False

    @property
    def is_filled(self) -> bool:
        """Whether it is worth emptying when there is nothing else to do."""
        now = self._round()
        return self._new_bytes(now) > IDLE_BYTES or now.file_bytes > LONGEST_BYTES

    def lay_out(self) -> None:
        """Make the file as long as it gets in quiet times. See Note [Written over]."""
        if not self._path:
            return
        try:
            # While we hold the write lock nobody else makes the file longer.
            with transactions.write(), self._path.open("r+b", buffering=0) as file:
                length = file.seek(0, os.SEEK_END)
                file.write(bytes(max(LAID_OUT_BYTES - length, 0)))
        except FileNotFoundError:
            return  # a database in memory
        except (Error, OSError) as error:
            logger.warning("The WAL could not be made longer beforehand: %s", error)

    def after_commit(self) -> None:
        """Move the WAL into the database when it has become long."""
        is_rested = time.monotonic() - self._checkpointed_at > CHECKPOINT_SECONDS
        if is_rested and self._new_bytes(self._round()) > LONG_BYTES:
            self._checkpoint("PASSIVE")

    def empty(self) -> None:
        """Move all of the WAL into the database, unless one reads it; cut off a file that has
        become very long.
        """
        if self._round().file_bytes > LONGEST_BYTES:
            self._checkpoint("TRUNCATE")
            self.lay_out()
        else:
            self._checkpoint("PASSIVE")

    @property
    def _path(self) -> Path | None:
        name = str(connection.settings_dict["NAME"])
        return Path(f"{name}-wal") if connection.vendor == "sqlite" else None

    @contextlib.contextmanager
    def unsynced(self) -> Iterator[None]:
        """Commit without waiting for the disk: what is committed outlives every process, and the
        machine only once it has been synced, as the next commit that waits for the disk does too.
        """
        self._set_synchronous("NORMAL")
        try:
            yield
            self.owes_sync = self._path is not None
        finally:
            self._set_synchronous("FULL")

    def sync(self) -> None:
        """Bring to the disk what has been committed. Any thread may call it."""
        self.owes_sync = False
        if self._path is None:
            return
        try:
            with self._path.open("rb") as file:
                os.fsync(file.fileno())
        except OSError as error:
            logger.warning("The WAL could not be brought to the disk: %s", error)

    def _set_synchronous(self, level: str) -> None:
        if self._path is None:
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA synchronous = {level}")
        except Error:
            # The next one waits for the disk by itself.
            connection.close()

    def _new_bytes(self, now: Round) -> int:
        """Return how many bytes the WAL holds that are not in the database."""
        return 0 if now == self._moved else now.frames * now.frame_bytes

    def _round(self) -> Round:
        try:
            return Round.read(self._path) if self._path else Round()
        except OSError:
            return Round()

    def _checkpoint(self, mode: str) -> None:
        self._checkpointed_at = time.monotonic()
        try:
            with transactions.turn(), connection.cursor() as cursor:
                # A reader is not waited for: the gate is held.
                cursor.execute("PRAGMA busy_timeout = 0")
                cursor.execute(f"PRAGMA wal_checkpoint({mode})")
                _is_busy, _frames, moved = cursor.fetchone()
                cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
                now = self._round()
            self._moved = now if now.frames == moved else Round()
        except Error as error:
            logger.warning("The WAL was not moved into the database: %s", error)


@dataclass(frozen=True, slots=True)
class Round:
    """How far the WAL has been written over since it was begun anew, by SQLite's documented format
    of the file: each frame carries the salts of its round.
    """

    salts: bytes = b""
    frames: int = 0
    frame_bytes: int = 0
    file_bytes: int = 0

    @classmethod
    def read(cls, path: Path) -> Round:
        """Read the round that the file at `path` is in."""
        with path.open("rb", buffering=0) as file:
            wal, length = file.fileno(), os.fstat(file.fileno()).st_size
            header = os.pread(wal, _HEADER_BYTES, 0)
            page_bytes, salts = int.from_bytes(header[8:12], "big"), header[16:24]
            if not page_bytes:
                return cls()
            size = _FRAME_HEADER_BYTES + page_bytes

            def is_older(frame: int) -> bool:
                return os.pread(wal, 8, _HEADER_BYTES + frame * size + 8) != salts

            all_frames = range((length - _HEADER_BYTES) // size)
            return cls(salts, bisect_left(all_frames, True, key=is_older), size, length)


_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
