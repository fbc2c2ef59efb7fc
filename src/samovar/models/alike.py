"""Insert many rows that have most of their columns in common, as the runs of one call of
`submit_many`.

Where the database can, what is common is sent, and prepared by Django, once: of a run's fifty
columns a handful are its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model

BATCH = 1000
"""Rows of one INSERT."""


def insert(rows: Sequence[Model]) -> None:
    """Write new rows of one model, which bring along their keys and have no field that is computed
    when it is saved. Requires a transaction.
    """
    if connection.vendor != "postgresql":
        if rows:
            type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)  # noqa: SLF001 - Django's documented API
        return
    for start in range(0, len(rows), BATCH):
        _insert(rows[start : start + BATCH])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - likewise


def _insert(rows: Sequence[Model]) -> None:
    database = connections[DEFAULT_DB_ALIAS]
    meta, quote = type(rows[0])._meta, database.ops.quote_name  # noqa: SLF001 - likewise
    columns, sources, places = [], [], []
    common: list[Any] = []
    own: list[Any] = []
    for field in meta.concrete_fields:
        # Without its length, to which a cast would cut a text in silence; the column refuses it.
        kind = str(field.db_type(database)).partition("(")[0]
        columns.append(quote(str(field.column)))
        values = [getattr(row, field.attname) for row in rows]
        # The same object: of what is only equal, 1 and True, JSON would make one.
        if not field.primary_key and all(value is values[0] for value in values):
            sources.append(f"%s::{kind}")
            common.append(field.get_db_prep_save(values[0], database))
        else:
            sources.append(f"own.{columns[-1]}")
            places.append((columns[-1], f"%s::{kind}[]"))
            own.append([field.get_db_prep_save(value, database) for value in values])
    names, arrays = zip(*places, strict=True)
    sql = (
        f"INSERT INTO {quote(meta.db_table)} ({', '.join(columns)}) "  # noqa: S608 - our names
        f"SELECT {', '.join(sources)} "
        f"FROM unnest({', '.join(arrays)}) AS own ({', '.join(names)})"
    )
    with database.cursor() as cursor:
        cursor.execute(sql, [*common, *own])
