"""A statement that the ORM composes once and that is done many times.

To compose one costs the ORM ten times what SQLite needs to do it, and a worker does the same few
for each run. So the SQL stays the ORM's, for each kind of database; only its values change.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections
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

from samovar.models import wire


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


class Words(Expression):
    """A value that the SQL itself names."""

    def __init__(self, sql: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.sql = sql

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:  # noqa: ARG002 - Django's
        """Return the SQL."""
        return self.sql, []


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


def first(at: dt.datetime | None) -> Computed:
    """Let the column keep its instant; `at` when it has none."""
    return Computed(_FIRST, at)


@functools.cache
def is_null(column: str) -> Computed:
    """Let the column say whether another one is null."""
    field = BooleanField()
    kind = Kind(lambda _column, _place: ExpressionWrapper(Q(**{column: None}), field), field)
    return Computed(kind, None)


@dataclass(frozen=True, slots=True)
class Composed:
    """SQL with its values or their places, and how a row of a SELECT becomes Python's."""

    sql: str
    params: tuple[Any, ...]
    compiler: Any = None
    converters: Any = None

    def named(self, prefix: str) -> Composed:
        """Return the same with `prefix` before the names of its places."""
        params = (
            Param(f"{prefix}{each.name}", each.output_field) if isinstance(each, Param) else each
            for each in self.params
        )
        return dataclasses.replace(self, params=tuple(params))

    def spelled(self) -> Composed:
        """Return the same with its constants in the SQL itself: a plan that is made for all values
        knows by them that an index holds all of the rows.
        """
        left: list[Any] = []

        def spell(found: re.Match[str]) -> str:
            if found[0] == "%s":
                value = next(values)
                if (word := _word(value)) is not None:
                    return word
                left.append(value)
            return found[0]

        values = iter(self.params)
        sql = _PLACES.sub(spell, self.sql)
        return dataclasses.replace(self, sql=sql, params=tuple(left))

    def values(self, given: Mapping[str, Any], database: Any) -> list[Any]:
        """Return what is to be bound."""
        return [
            each.output_field.get_db_prep_save(given[each.name], database)
            if isinstance(each, Param)
            else each
            for each in self.params
        ]


_PLACES = re.compile("%[s%]")
_PLAIN = re.compile(r"[\w.:-]*", re.ASCII)


def _word(value: Any) -> str | None:
    """Return a constant as SQL spells it; None for what has to be bound."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper() if connection.vendor == "postgresql" else str(int(value))
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str) and (plain := _PLAIN.fullmatch(value)):
        return f"'{plain[0]}'"
    return None


class Statement:
    """What `compose` returns, done again and again with other values.

    Requires the database that every statement of ours uses, the default one.
    """

    def __init__(self, compose: Callable[[], Composed]) -> None:
        self._compose = compose
        self._composed: dict[str, Composed] = {}

    @classmethod
    def chain(cls, sql: str, row: str = "", **parts: Statement) -> Statement:
        """Return one statement of several `parts`, each in the place of its name in `sql`, in
        their order; the names of a part's places begin with its own. Its rows are those of the
        part `row`.
        """

        def compose() -> Composed:
            composed = {name: part.composed().named(f"{name}_") for name, part in parts.items()}
            whole = sql.format_map({name: each.sql for name, each in composed.items()})
            params = tuple(param for each in composed.values() for param in each.params)
            told = composed.get(row)
            return Composed(
                whole, params, told and told.compiler, told.converters if told else None
            )

        return cls(compose)

    @classmethod
    def update(cls, rows: QuerySet[Any], **changes: Any) -> Statement:
        """Return the UPDATE of `rows` with `changes`; both may hold a Param for a value."""

        def compose() -> Composed:
            query: Any = rows.query.chain(UpdateQuery)
            query.add_update_values(changes)
            sql, params = query.get_compiler(connection.alias).as_sql()
            return Composed(sql, tuple(params))

        return cls(compose)

    @classmethod
    def select(cls, rows: QuerySet[Any, Any]) -> Statement:
        """Return the SELECT of `rows`, a `values_list`."""

        def compose() -> Composed:
            compiler = rows.query.get_compiler(connection.alias)
            sql, params = compiler.as_sql()
            columns = [column[0] for column in compiler.select or ()]
            return Composed(sql, tuple(params), compiler, compiler.get_converters(columns))

        return cls(compose)

    @classmethod
    def insert(
        cls, model: type[Model], names: Sequence[str], source: str = "", **given: str
    ) -> Statement:
        """Return the INSERT of one row of `model`, with a Param for each of the fields `names`; or
        of a row for each of the table `source`, which has the values that are `given`.
        """

        def compose() -> Composed:
            places = {name: Param.of(model, name) for name in names}
            quote = connection.ops.quote_name
            columns = ", ".join(quote(str(place.output_field.column)) for place in places.values())
            table = quote(model._meta.db_table)  # noqa: SLF001 - Django's documented API
            marks = ", ".join(given.get(name, "%s") for name in names)
            row = f"SELECT {marks} FROM {source}" if source else f"VALUES ({marks})"  # noqa: S608 - our names
            sql = f"INSERT INTO {table} ({columns}) {row}"
            return Composed(sql, tuple(places[name] for name in names if name not in given))

        return cls(compose)

    def run(self, **values: Any) -> int:
        """Do it; return how many rows it touched."""
        database = connections[DEFAULT_DB_ALIAS]
        composed = self._on(database)
        return int(wire.execute(composed.sql, composed.values(values, database)).rowcount)

    def first(self, own: wire.Wire | None = None, /, **values: Any) -> tuple[Any, ...] | None:
        """Do a SELECT, on an `own` wire if there is one; return its first row as Python has it."""
        database = own.database if own else connections[DEFAULT_DB_ALIAS]
        composed = self._on(database)
        execute = own.execute if own else wire.execute
        row = execute(composed.sql, composed.values(values, database)).fetchone()
        if row is None:
            return None
        return tuple(next(composed.compiler.apply_converters([row], composed.converters)))

    def composed(self) -> Composed:
        """Return what it is made of, to be a part of another one."""
        return self._compose()

    def _on(self, database: Any) -> Composed:
        composed = self._composed.get(database.vendor)
        if composed is None:
            composed = self._composed[database.vendor] = self._compose().spelled()
        return composed
