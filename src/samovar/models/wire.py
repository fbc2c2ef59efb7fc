"""The way of a composed statement to the database: below Django's cursor, whose work for each one
is more than SQLite's own.

# Note [Planned once]
On PostgreSQL the values are bound by the server. A connection that is kept for the same few
statements, as a ledger thread's is, has each of them planned once. So a plan may be older than the
size of its tables: it reads by index whatever it was told of them. A project whose connections
come from a pooler says so by Django's own DISABLE_SERVER_SIDE_CURSORS; then nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

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
    database: Any = connections[DEFAULT_DB_ALIAS]
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
