"""A runner's database connections: none that a parent opened, and queries that end with the
runner.
"""

from __future__ import annotations

import contextlib
from typing import Any

from django.db import DatabaseError, connections, reset_queries
from django.db.backends.signals import connection_created

_FIRST_WITH_CHECK = 140000
_CHECK_MILLISECONDS = 500

_abandoned: list[Any] = []
"""Connections of a parent. To close one would say goodbye in the parent's name, or take SQLite's
WAL away from it.
"""


def abandon_inherited() -> None:
    """Forget the connections that were open at the fork without a word to their servers."""
    for connection in connections.all(initialized_only=True):
        _abandoned.append(connection.connection)
        del connections[connection.alias]


def end_queries_with_process() -> None:
    """Have PostgreSQL look, while it runs a query, whether this process still lives. See
    `client_connection_check_interval`.

    Without it the query of a killed runner goes on to its end, and may still commit.
    """
    connection_created.connect(_ask_for_checks, dispatch_uid="samovar.runner")


def leave_clean() -> bool:
    """Close what Django's settings say to close after a piece of work; False when a transaction
    was left open.
    """
    reset_queries()
    is_clean = True
    for connection in connections.all(initialized_only=True):
        is_clean = is_clean and not connection.in_atomic_block
        connection.close_if_unusable_or_obsolete()
    return is_clean


def _ask_for_checks(*, connection: Any, **_: object) -> None:
    if connection.vendor != "postgresql" or connection.pg_version < _FIRST_WITH_CHECK:
        return
    # A server on a system that cannot tell refuses the value; its queries end as they always did.
    with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute(f"SET client_connection_check_interval = {_CHECK_MILLISECONDS}")
