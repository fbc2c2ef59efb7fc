"""A statement that the ORM composes once and that is done many times.

To compose one costs the ORM ten times what SQLite needs to do it, and a worker does the same few
for each run. So the SQL stays the ORM's, for each kind of database; only its values change.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection
from django.db.models import (
    BooleanField,
    DateTimeField,
    DurationField,
    Expression,
    ExpressionWrapper,
    F,
    Field,
    IntegerField,
    Model,
    Q,
    QuerySet,
)
from django.db.models.functions import Coalesce, Now
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler


class Param(Expression):
    """The place of a value in a composed statement; `field` says how the database keeps it."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    @classmethod
    def of(cls, model: type[Model], name: str) -> Param:
        """Return the place of a value of the model's field `name`."""
        field = model._meta.get_field(name)  # noqa: SLF001 - Django's documented API
        return cls(name, cast("Field[Any, Any]", field))

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:  # noqa: ARG002 - Django's
        """Return a placeholder, and itself in the value's stead."""
        return "%s", [self]


@dataclass(frozen=True, slots=True)
class Kind:
    """A way in which the database computes a column: `compose(column, place of the value)`."""

    compose: Callable[[str, Param], Any]
    field: Field[Any, Any]


@dataclass(frozen=True, slots=True)
class Computed:
    """A change that the database computes from `value`."""

    kind: Kind
    value: Any


_LATER = Kind(lambda _, wait: Now() + wait, DurationField())
_GROWN = Kind(lambda column, by: F(column) + by, IntegerField())
_FIRST = Kind(Coalesce, DateTimeField())


def later(wait: dt.timedelta) -> Computed:
    """Let the column be the database's time and `wait`."""
    return Computed(_LATER, wait)


def grown(by: int) -> Computed:
    """Let the column grow."""
    return Computed(_GROWN, by)


def first(at: dt.datetime) -> Computed:
    """Let the column keep its instant; `at` when it has none."""
    return Computed(_FIRST, at)


@functools.cache
def is_null(column: str) -> Computed:
    """Let the column say whether another one is null."""
    field = BooleanField()
    kind = Kind(lambda _column, _place: ExpressionWrapper(Q(**{column: None}), field), field)
    return Computed(kind, None)


@dataclass(frozen=True, slots=True)
class _Composed:
    sql: str
    params: tuple[Any, ...]
    compiler: Any = None
    converters: Any = None

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        return [
            each.output_field.get_db_prep_save(given[each.name], connection)
            if isinstance(each, Param)
            else each
            for each in self.params
        ]


class Statement:
    """What `compose` returns, done again and again with other values.

    Requires the database that every statement of ours uses, the default one.
    """

    def __init__(self, compose: Callable[[], _Composed]) -> None:
        self._compose = compose
        self._composed: dict[str, _Composed] = {}

    @classmethod
    def update(cls, rows: QuerySet[Any], **changes: Any) -> Statement:
        """Return the UPDATE of `rows` with `changes`; both may hold a Param for a value."""

        def compose() -> _Composed:
            query: Any = rows.query.chain(UpdateQuery)
            query.add_update_values(changes)
            sql, params = query.get_compiler(connection.alias).as_sql()
            return _Composed(sql, tuple(params))

        return cls(compose)

    @classmethod
    def select(cls, rows: QuerySet[Any, Any]) -> Statement:
        """Return the SELECT of `rows`, a `values_list`."""

        def compose() -> _Composed:
            compiler = rows.query.get_compiler(connection.alias)
            sql, params = compiler.as_sql()
            columns = [column[0] for column in compiler.select or ()]
            return _Composed(sql, tuple(params), compiler, compiler.get_converters(columns))

        return cls(compose)

    @classmethod
    def insert(cls, model: type[Model], names: Sequence[str]) -> Statement:
        """Return the INSERT of one row of `model`, with a Param for each of the fields `names`."""

        def compose() -> _Composed:
            places = [Param.of(model, name) for name in names]
            quote = connection.ops.quote_name
            columns = ", ".join(quote(str(place.output_field.column)) for place in places)
            table = quote(model._meta.db_table)  # noqa: SLF001 - Django's documented API
            marks = ", ".join(["%s"] * len(places))
            sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - our names
            return _Composed(sql, tuple(places))

        return cls(compose)

    def run(self, **values: Any) -> int:
        """Do it; return how many rows it touched."""
        composed = self._here()
        with connection.cursor() as cursor:
            cursor.execute(composed.sql, composed.values(values))
            return int(cursor.rowcount)

    def first(self, **values: Any) -> tuple[Any, ...] | None:
        """Do a SELECT; return its first row as Python has it."""
        composed = self._here()
        with connection.cursor() as cursor:
            cursor.execute(composed.sql, composed.values(values))
            row = cursor.fetchone()
        if row is None:
            return None
        return tuple(next(composed.compiler.apply_converters([row], composed.converters)))

    def _here(self) -> _Composed:
        composed = self._composed.get(connection.vendor)
        if composed is None:
            composed = self._composed[connection.vendor] = self._compose()
        return composed
