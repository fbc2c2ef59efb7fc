"""The way of a composed statement to the database: below Django's cursor, whose work for each one
is more than SQLite's own.

# Note [Planned once]
On PostgreSQL the values are bound by the server. A connection that is kept for the same few
statements, as a ledger thread's is, has each of them planned once. So a plan may be older than the
size of its tables: it reads by index whatever it was told of them. A project whose connections
come from a pooler says so by Django's own DISABLE_SERVER_SIDE_CURSORS; then nothing is kept.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, connections

_BY_INDEX = "SELECT set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false)"


def execute(sql: str, values: Sequence[Any]) -> Any:
    """Do `sql`, written as Django writes it (`%s`); return the cursor."""
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.execute_wrappers or database.queries_logged:
        cursor = database.cursor()
        cursor.execute(sql, values)
        return cursor
    database.ensure_connection()
    database.validate_thread_sharing()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        if database.vendor == "sqlite":
            return database.connection.execute(sql % (("?",) * len(values)), values)
        return _server_cursor(database.connection).execute(sql, values)


def keep_plans() -> None:
    """Have what this thread's connection does planned once. See Note [Planned once]."""
    _keep_plans(connections[DEFAULT_DB_ALIAS])


def hang_up(database: Any) -> None:
    """Break a connection under a statement that the database does not answer. Any thread may call
    it.
    """
    wire = database and database.connection
    if hasattr(wire, "fileno") and not wire.closed:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(wire.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)


class Wire:
    """A connection to PostgreSQL for one thread and a few statements, each of which is a
    transaction by itself. It is not the thread's own connection, which Celery closes after each
    task.
    """

    def __init__(self) -> None:
        self.database: Any = connections.create_connection(DEFAULT_DB_ALIAS)
        # Who makes it is seldom who uses it.
        self.database.inc_thread_sharing()
        self._asked_at: float | None = None

    def execute(self, sql: str, values: Sequence[Any]) -> Any:
        """Do `sql`, written as Django writes it (`%s`); return the cursor. After an error the next
        call connects anew.
        """
        self._asked_at = time.monotonic()
        try:
            return self._execute(sql, values)
        except Error:
            self.close()
            raise
        finally:
            self._asked_at = None

    def hang_up_after(self, seconds: float) -> None:
        """Break the connection if its statement has not been answered for so long. Any thread may
        call it.
        """
        asked_at = self._asked_at
        if asked_at is not None and time.monotonic() - asked_at > seconds:
            hang_up(self.database)

    def close(self) -> None:
        """Give the connection back."""
        try:
            self.database.close()
        except Error:
            self.database.connection = None

    def _execute(self, sql: str, values: Sequence[Any]) -> Any:
        if self.database.connection is None:
            self.database.ensure_connection()
            _keep_plans(self.database)
        with self.database.wrap_database_errors:
            return _server_cursor(self.database.connection).execute(sql, values)


def _keep_plans(database: Any) -> None:
    is_pooled = database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    if database.vendor != "postgresql" or is_pooled:
        return
    database.ensure_connection()
    if database.connection.prepare_threshold is None:
        with database.cursor() as cursor:
            cursor.execute(_BY_INDEX)
        database.connection.prepare_threshold = 0


def _server_cursor(connection: Any) -> Any:
    import psycopg  # an extra: who has this connection has it

    return psycopg.Cursor(connection)
