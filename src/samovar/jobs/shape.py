"""What kind of field a parameter is, told from its JSON schema alone.

Form, command and API see a parameter only as a `Shape`; none of them looks at an annotation. So
whatever pydantic can describe has a place in all three, and what has no better one is a field of
JSON.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]


class Kind(enum.StrEnum):
    """How a value is typed in by a person."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    LIST = "list"
    DATE = "date"
    DATETIME = "date-time"
    TIME = "time"
    DURATION = "duration"
    JSON = "json"
    FILE = "file"
    FREE = "free"
    """No annotation: JSON when it reads as JSON, otherwise text."""


_FORMATS = {kind.value: kind for kind in (Kind.DATE, Kind.DATETIME, Kind.TIME, Kind.DURATION)}
_TYPES = {"integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.BOOLEAN}
_SCALARS = frozenset(Kind) - {Kind.CHOICES, Kind.LIST, Kind.JSON, Kind.FILE, Kind.FREE}


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind with what belongs to it.

    `limits` is the JSON schema of the bare value (minimum, maxLength, …). `choices` are JSON
    values. `item` is the shape of the members where a person gives several values (LIST, CHOICES).
    `is_unique` says that the members are a set.
    """

    kind: Kind
    is_optional: bool = False
    choices: tuple[Any, ...] = ()
    item: Shape | None = None
    is_unique: bool = False
    limits: Schema = field(default_factory=dict)


def shape_of(schema: Schema) -> Shape:
    """Return the shape of a value that `schema` describes (its `$defs` beside it)."""
    defs = schema.get("$defs", {})
    bare, is_optional = _without_null(schema, defs)
    bare = _resolve(bare, defs)
    choices = _choices(bare)
    if choices:
        return Shape(Kind.CHOICE, is_optional, choices, limits=bare)
    if bare.get("type") == "array" and "items" in bare:
        return _many(bare, defs, is_optional=is_optional)
    return Shape(_kind(bare), is_optional, limits=bare)


def _many(schema: Schema, defs: Schema, *, is_optional: bool) -> Shape:
    item = shape_of({**_resolve(schema["items"], defs), "$defs": defs})
    is_unique = bool(schema.get("uniqueItems"))
    if item.is_optional or item.kind not in _SCALARS:
        return Shape(Kind.JSON, is_optional, is_unique=is_unique, limits=schema)
    kind = Kind.CHOICES if is_unique and item.kind is Kind.CHOICE else Kind.LIST
    return Shape(kind, is_optional, item.choices, item, is_unique, schema)


def _kind(schema: Schema) -> Kind:
    if schema.get("type") == "string":
        return _FORMATS.get(schema.get("format", ""), Kind.TEXT)
    if any(branch.get("format") == "decimal" for branch in schema.get("anyOf", ())):
        return Kind.DECIMAL
    return _TYPES.get(schema.get("type", ""), Kind.JSON)


def _choices(schema: Schema) -> tuple[Any, ...]:
    return (
        tuple(schema["enum"])
        if "enum" in schema
        else (schema["const"],)
        if "const" in schema
        else ()
    )


def _without_null(schema: Schema, defs: Schema) -> tuple[Schema, bool]:
    """Return the schema of the value that is not None, and whether None is allowed."""
    schema = _resolve(schema, defs)
    branches = schema.get("anyOf", [])
    bare = [branch for branch in branches if branch.get("type") != "null"]
    if len(bare) == len(branches):
        return schema, False
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    return ({**rest, **bare[0]} if len(bare) == 1 else {**rest, "anyOf": bare}), True


def _resolve(schema: Schema, defs: Schema) -> Schema:
    """Follow a `$ref` into `$defs`."""
    if reference := schema.get("$ref"):
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return {**defs.get(reference.rpartition("/")[2], {}), **beside}
    return schema
