"""Insert many rows that have most of their columns in common, as the runs of one call of
`submit_many`.

Where the database can, what is common is sent, and prepared by Django, once: of a run's fifty
columns a handful are its own.
"""

from __future__ import annotations

import copy
import itertools
import operator
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model

M = TypeVar("M", bound=Model)

BATCH = 1000
"""Rows of one INSERT."""


def like(row: M, **own: Any) -> M:
    """Return another new row that differs from `row`, which is new itself, in `own` alone: to make
    it anew would cost Django ten times as much.
    """
    other = copy.copy(row)
    for name, value in own.items():
        setattr(other, name, value)
    return other


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
    values_of = operator.attrgetter(*(field.attname for field in meta.concrete_fields))
    columns_of_values = zip(*map(values_of, rows), strict=True)
    for field, values in zip(meta.concrete_fields, columns_of_values, strict=True):
        # Without its length, to which a cast would cut a text in silence; the column refuses it.
        kind = str(field.db_type(database)).partition("(")[0]
        columns.append(quote(str(field.column)))
        # The same object: of what is only equal, 1 and True, JSON would make one.
        is_common = all(map(operator.is_, values, itertools.repeat(values[0])))
        if is_common and not field.primary_key:
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
