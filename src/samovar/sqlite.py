"""Set up each SQLite connection as several processes need it, whatever the project's DATABASES
says.

WAL, so that readers never wait for the writer; BEGIN IMMEDIATE, because the busy timeout does not
apply to a reader that becomes a writer; no checkpoint by a commit, because SQLite before 3.51.3
can corrupt the WAL when one connection checkpoints while another writes. So only a worker's ledger
thread checkpoints, and it holds the gate while it does.
"""

from __future__ import annotations

import logging
import time
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

    @property
    def is_filled(self) -> bool:
        """Whether it is worth emptying when there is nothing else to do."""
        return self._size() > IDLE_BYTES

    def after_commit(self) -> None:
        """Move the WAL into the database when it has become long."""
        is_rested = time.monotonic() - self._checkpointed_at > CHECKPOINT_SECONDS
        if is_rested and self._size() > LONG_BYTES:
            self._checkpoint("PASSIVE")

    def empty(self) -> None:
        """Move all of the WAL into the database and make its file empty, unless one reads it."""
        self._checkpoint("TRUNCATE")

    def _size(self) -> int:
        if connection.vendor != "sqlite":
            return 0
        try:
            return Path(f"{connection.settings_dict['NAME']}-wal").stat().st_size
        except OSError:
            return 0

    def _checkpoint(self, mode: str) -> None:
        self._checkpointed_at = time.monotonic()
        try:
            with transactions.turn(), connection.cursor() as cursor:
                # A reader is not waited for: the gate is held.
                cursor.execute("PRAGMA busy_timeout = 0")
                cursor.execute(f"PRAGMA wal_checkpoint({mode})")
                cursor.fetchall()
                cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        except Error as error:
            logger.warning("The WAL was not moved into the database: %s", error)
