"""Set up each SQLite connection as several processes need it, whatever the project's DATABASES
says.

WAL, so that readers never wait for the writer; BEGIN IMMEDIATE, because the busy timeout does not
apply to a reader that becomes a writer; no checkpoint of its own outside the worker, because
SQLite before 3.51.3 can corrupt the WAL when two connections checkpoint at once.
"""

from __future__ import annotations

from typing import Any

BUSY_SECONDS = 20

_checkpoints = False


def checkpoint_here() -> None:
    """Make this process the one that checkpoints the WAL: the worker calls it once, before it
    connects.
    """
    global _checkpoints  # noqa: PLW0603 - one flag for the process
    _checkpoints = True


def prepare(*, connection: Any, **_: object) -> None:
    """Receive Django's `connection_created`."""
    if connection.vendor != "sqlite":
        return
    connection.transaction_mode = "IMMEDIATE"
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        if not _checkpoints:
            cursor.execute("PRAGMA wal_autocheckpoint = 0")
