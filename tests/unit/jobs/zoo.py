"""One row for each type that a parameter may have, and how its value is written everywhere."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import TextChoices
from pydantic import AwareDatetime, BaseModel, Field, NaiveDatetime
from typing_extensions import TypedDict

from samovar.jobs.signature import Signature


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Format(TextChoices):
    PDF = "pdf", "A document"
    CSV = "csv", "A table"


@dataclass
class Limits:
    least: int
    until: dt.date = dt.date(2026, 1, 31)


class Address(BaseModel):
    street: str
    number: int | None = None


class Place(TypedDict):
    row: int


@dataclass
class Row:
    """A type; `texts` as typed; `json` as sent; `stored` as kept; `value` as the body gets it."""

    name: str
    annotation: Any
    texts: list[str]
    json: Any
    stored: Any
    value: Any
    bad: dict[str, str] = field(default_factory=dict)
    """Text → the message that refuses it."""

    @property
    def signature(self) -> Signature:
        return signature_of(self.annotation)


def signature_of(annotation: Any, *default: Any) -> Signature:
    """Return the signature of a function with one parameter, `value`."""

    def function(value: Any) -> None: ...

    function.__annotations__ = {"value": annotation}
    function.__defaults__ = default or None
    return Signature.of(function)


def same(name: str, annotation: Any, text: str, value: Any, **bad: str) -> Row:
    """Return a row whose value is one thing in JSON, in the ledger and in the body."""
    return Row(name, annotation, [text], value, value, value, bad)


NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
DATE = "Enter a date, such as 2026-01-31."
DATETIME = "Enter a date and a time, such as 2026-01-31T12:00."
TIME = "Enter a time, such as 12:00."
DURATION = "Enter a duration, such as 1h 30m."
WHOLE = "Enter a whole number."
NUMBER = "Enter a number."
REQUIRED = "This field is required."

ZOO = [
    same("text", str, "Чай, please", "Чай, please"),
    same("long text", Annotated[str, Field(max_length=4000)], "a\nb", "a\nb"),
    Row("optional text", str | None, [""], None, None, None),
    Row(
        "integer",
        int,
        ["5"],
        5,
        5,
        5,
        {"1.5": WHOLE, "abc": WHOLE, "": REQUIRED, "10**30": WHOLE, "1_0": WHOLE, "٣": WHOLE},
    ),
    same("huge integer", int, "1" + "0" * 30, 10**30),
    Row(
        "bounded integer",
        Annotated[int, Field(ge=1, le=3600)],
        ["3600"],
        3600,
        3600,
        3600,
        {"0": "Must be at least 1.", "-5": "Must be at least 1.", "3601": "Must be at most 3600."},
    ),
    Row("optional integer", int | None, [""], None, None, None, {"x": WHOLE}),
    same("number", float, "1.5", 1.5),
    Row("whole number", float, ["5"], 5, 5.0, 5.0, {"nan": NUMBER, "inf": NUMBER, "1,5": NUMBER}),
    Row(
        "decimal",
        Annotated[Decimal, Field(ge=0, decimal_places=2)],
        ["1.50"],
        "1.50",
        "1.50",
        Decimal("1.50"),
        {"1.555": "Must have at most 2 decimal places.", "NaN": NUMBER, "1_0": NUMBER},
    ),
    Row("optional decimal", Decimal | None, ["2"], 2, "2", Decimal(2), {"x": NUMBER}),
    same("yes", bool, "true", True),
    Row("no", bool, ["off"], False, False, False, {"perhaps": "Enter true or false."}),
    Row("optional bool", bool | None, [""], None, None, None, {"2": "Enter true or false."}),
    Row(
        "literal",
        Literal["a", "b", 3],
        ["3"],
        3,
        3,
        3,
        {"c": "Choose one of: a, b, 3.", "": REQUIRED},
    ),
    Row("enum", Colour, ["red"], "red", "red", Colour.RED, {"RED": "Choose one of: red, blue."}),
    Row("integer enum", Size, ["2"], 2, 2, Size.LARGE, {"3": "Choose one of: 1, 2."}),
    Row("optional enum", Colour | None, [""], None, None, None),
    Row("choices", Format, ["csv"], "csv", "csv", Format.CSV),
    Row("list", list[int], ["2", "1"], [2, 1], [2, 1], [2, 1], {"x": f"Item 1: {WHOLE}"}),
    Row("list of text", list[str], ["b", "a"], ["b", "a"], ["b", "a"], ["b", "a"]),
    Row(
        "list of dates",
        list[dt.date],
        ["2026-01-31"],
        ["2026-01-31"],
        ["2026-01-31"],
        [dt.date(2026, 1, 31)],
        {"x": f"Item 1: {DATE}"},
    ),
    Row(
        "set of literals",
        set[Literal["a", "b", "c"]],
        ["c", "a"],
        ["c", "a"],
        ["a", "c"],
        {"a", "c"},
        {"d": "Item 1: Choose one of: a, b, c."},
    ),
    Row("set of enums", frozenset[Size], ["2"], [2], [2], frozenset({Size.LARGE})),
    Row("set", set[int], ["10", "9"], [10, 9, 9], [10, 9], {9, 10}),
    Row("tuple", tuple[int, ...], ["1", "2"], [1, 2], [1, 2], (1, 2)),
    Row(
        "date",
        dt.date,
        ["2026-01-31"],
        "2026-01-31",
        "2026-01-31",
        dt.date(2026, 1, 31),
        {"2026-02-30": DATE, "20260131": DATE, "31.01.2026": DATE, "": REQUIRED},
    ),
    Row(
        "datetime",
        dt.datetime,
        ["2026-01-31T12:00"],
        "2026-01-31T15:00:00+03:00",
        "2026-01-31T12:00:00Z",
        NOON,
        {"1700000000": DATETIME, "soon": DATETIME, "0001-01-01T00:00+03:00": DATETIME},
    ),
    Row(
        "aware datetime",
        AwareDatetime,
        ["2026-01-31T12:00"],
        "2026-01-31T12:00Z",
        "2026-01-31T12:00:00Z",
        NOON,
    ),
    Row(
        "local datetime",
        NaiveDatetime,
        ["2026-01-31T12:00"],
        "2026-01-31T12:00",
        "2026-01-31T12:00:00",
        NOON.replace(tzinfo=None),
        {"2026-01-31T12:00Z": "Leave the time zone out."},
    ),
    Row("time", dt.time, ["12:30"], "12:30:00", "12:30:00", dt.time(12, 30), {"25:00": TIME}),
    Row(
        "duration",
        dt.timedelta,
        ["1h 30m"],
        "PT1H30M",
        "PT1H30M",
        dt.timedelta(minutes=90),
        {"soon": DURATION, "1x": DURATION},
    ),
    Row("uuid", UUID, [str(UUID(int=7))], str(UUID(int=7)), str(UUID(int=7)), UUID(int=7)),
    Row("path", Path, ["/tmp/a"], "/tmp/a", "/tmp/a", Path("/tmp/a")),
    Row(
        "dataclass",
        Limits,
        ['{"least": 1}'],
        {"least": 1},
        {"least": 1, "until": "2026-01-31"},
        Limits(1),
        {"{": "This is not JSON: see line 1, column 2.", '{"least": 1.5}': f"least: {WHOLE}"},
    ),
    Row(
        "model",
        Address,
        ['{"street": "Арбат"}'],
        {"street": "Арбат"},
        {"street": "Арбат", "number": None},
        Address(street="Арбат"),
        {"[]": "Enter an object with named values."},
    ),
    Row("typed dict", Place, ['{"row": 1}'], {"row": 1}, {"row": 1}, {"row": 1}),
    Row("dict", dict[str, int], ['{"a": 1}'], {"a": 1}, {"a": 1}, {"a": 1}, {"": REQUIRED}),
    Row("list of dicts", list[dict[str, int]], ['[{"a": 1}]'], [{"a": 1}], [{"a": 1}], [{"a": 1}]),
    Row("anything", Any, ['[1, null, "a"]'], [1, None, "a"], [1, None, "a"], [1, None, "a"]),
    Row("union", int | str, ['"a"'], "a", "a", "a", {"[]": f"int: {WHOLE}"}),
]


def each(rows: list[Row]) -> Callable[[Any], Any]:
    """Parametrize a test with `row`."""
    import pytest

    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)
