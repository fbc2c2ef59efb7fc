"""A signature is read once; hostile values are refused with clear words, all at once."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone, translation
from pydantic import Field, SecretStr

from samovar import track
from samovar.exceptions import InvalidJob, InvalidParams
from samovar.jobs.signature import Signature
from tests.unit.jobs.zoo import Colour, Size, signature_of


def long_process(num_seconds: Annotated[int, Field(ge=1, le=3600)]):
    """Count the seconds on the server.

    Args:
        num_seconds: How many seconds
            the process works.
    """
    for i in track(range(num_seconds)):
        print(f"Running for {i} seconds...")
        time.sleep(1)


def everything(first: int, second: str = "two", *, third: Decimal = Decimal("0.10")): ...


LONG = Signature.of(long_process)
WHOLE = "Enter a whole number."


def errors(call, *args):
    with pytest.raises(InvalidParams) as refused:
        call(*args)
    return refused.value.errors


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5.0, WHOLE),
        (1.5, WHOLE),
        ("5", WHOLE),
        (True, WHOLE),
        (None, WHOLE),
        ([5], WHOLE),
        ({}, WHOLE),
        (float("nan"), WHOLE),
        (Decimal(5), WHOLE),
        (0, "Must be at least 1."),
        (-1, "Must be at least 1."),
        (3601, "Must be at most 3600."),
        (10**30, "Must be at most 3600."),
        pytest.param(10**5000, "This number is too large.", id="huge"),
        (object(), "This cannot be kept as JSON."),
    ],
)
def test_hostile_json(value, message):
    assert errors(LONG.validate, {"num_seconds": value}) == [("num_seconds", message)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "This field is required."),
        ("0", "Must be at least 1."),
        ("-1", "Must be at least 1."),
        ("1.5", WHOLE),
        ("abc", WHOLE),
        ("5.0", WHOLE),
        ("0x10", WHOLE),
        ("1e3", WHOLE),
        ("10**30", WHOLE),
        ("1" + "0" * 30, "Must be at most 3600."),
        pytest.param("1" * 5000, "This number is too large.", id="huge"),
        (["5", "6"], "Give one value only."),
        ([], "This field is required."),
    ],
)
def test_hostile_text(text, message):
    assert errors(LONG.validate_text, {"num_seconds": text}) == [("num_seconds", message)]


def test_missing_and_unknown():
    assert errors(LONG.validate, {"seconds": 5}) == [
        ("num_seconds", "This field is required."),
        ("seconds", "This job has no such parameter."),
    ]


def test_all_faults_are_told_in_order():
    signature = Signature.of(everything)

    assert errors(signature.validate, {"third": "x", "zzz": 1, "second": 2}) == [
        ("first", "This field is required."),
        ("second", "Enter text."),
        ("third", "Enter a number."),
        ("zzz", "This job has no such parameter."),
    ]


def test_defaults_are_stored_and_loaded():
    signature = Signature.of(everything)

    stored = signature.validate({"first": 1})

    assert stored == {"first": 1, "second": "two", "third": "0.10"}
    assert signature.load(stored) == {"first": 1, "second": "two", "third": Decimal("0.10")}


def test_load_after_the_function_has_changed():
    signature = Signature.of(everything)

    assert signature.load({"first": 1})["second"] == "two"
    assert errors(signature.load, {"old": 1}) == [
        ("first", "This field is required."),
        ("old", "This job has no such parameter."),
    ]


def test_bind_names_the_arguments_of_a_call():
    signature = Signature.of(everything)

    assert signature.bind((1, "b"), {"third": 3}) == {"first": 1, "second": "b", "third": 3}
    assert signature.bind((), {}) == {}
    assert errors(signature.bind, (1, 2, 3), {}) == [("", "Takes 2 values by their place, not 3.")]
    assert errors(signature.bind, (1,), {"first": 2}) == [("first", "Give one value only.")]


def test_a_function_without_annotations_takes_any_json():
    def my_task(duration): ...

    signature = Signature.of(my_task)

    assert signature.validate({"duration": 10}) == {"duration": 10}
    assert signature.validate({"duration": [1, None]}) == {"duration": [1, None]}
    assert signature.validate_text({"duration": "10"}) == {"duration": 10}
    assert signature.validate_text({"duration": "ten"}) == {"duration": "ten"}
    assert errors(signature.validate, {"duration": float("inf")}) == [
        ("duration", "Enter a finite number.")
    ]


@pytest.mark.parametrize(("annotation", "value"), [(Size, True), (Size, 1.0), (Colour, "RED")])
def test_enums_take_their_values_alone(annotation, value):
    assert errors(signature_of(annotation).validate, {"value": value})


@pytest.mark.parametrize("annotation", [str, Any, list[str], dict[str, str]])
def test_the_ledger_cannot_keep_nul_and_halves_of_characters(annotation):
    wrap = {list[str]: lambda t: [t], dict[str, str]: lambda t: {t: t}}.get(annotation, str)
    signature = signature_of(annotation)

    assert errors(signature.validate, {"value": wrap("a\0b")}) == [
        ("value", "The character NUL cannot be kept.")
    ]
    assert errors(signature.validate, {"value": wrap("\ud800")})
    assert signature.validate({"value": wrap("a\\u0000")}) == {"value": wrap("a\\u0000")}


def test_nested_too_deeply():
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    assert errors(signature_of(Any).validate, {"value": deep})
    assert errors(signature_of(dict[str, Any]).validate_text, {"value": "[" * 100_000})


def test_a_validator_of_the_project_speaks_for_itself():
    from pydantic import AfterValidator

    def even(number: int) -> int:
        if number % 2:
            raise ValueError("Must be even.")
        return number

    signature = signature_of(Annotated[int, AfterValidator(even)])

    assert errors(signature.validate, {"value": 3}) == [("value", "Must be even.")]


def test_faults_inside_a_value_name_their_place():
    @dataclass
    class Limits:
        least: int

    signature = signature_of(list[Limits])

    assert errors(signature.validate, {"value": [{"least": 1}, {"least": "x"}, {}]}) == [
        ("value", f"1.least: {WHOLE}"),
        ("value", "2.least: This field is required."),
    ]


def test_lengths():
    signature = signature_of(Annotated[str, Field(min_length=2, max_length=3)])

    assert errors(signature.validate, {"value": "a"}) == [
        ("value", "Must have at least 2 characters.")
    ]
    assert errors(signature.validate, {"value": "abcd"}) == [
        ("value", "Must have at most 3 characters.")
    ]


def test_an_instant_without_a_zone_is_taken_in_the_current_one():
    signature = signature_of(dt.datetime)

    with timezone.override("Europe/Moscow"):
        typed = signature.validate_text({"value": "2026-01-31T15:00"})
        sent = signature.validate({"value": dt.datetime(2026, 1, 31, 15)})  # noqa: DTZ001

    assert typed == sent == {"value": "2026-01-31T12:00:00Z"}


def test_messages_are_in_the_language_of_the_moment():
    with translation.override("ru"):
        assert errors(LONG.validate, {"num_seconds": 0})[0][0] == "num_seconds"


def test_the_schema():
    assert LONG.json_schema() == {
        "type": "object",
        "properties": {
            "num_seconds": {
                "type": "integer",
                "minimum": 1,
                "maximum": 3600,
                "title": "Num seconds",
                "description": "How many seconds the process works.",
            }
        },
        "required": ["num_seconds"],
        "additionalProperties": False,
    }


def test_the_schema_shares_definitions_and_shows_defaults():
    def paint(colour: Colour, other: Colour | None = Colour.RED): ...

    schema = Signature.of(paint).json_schema()

    assert schema["properties"]["colour"]["$ref"] == "#/$defs/Colour"
    assert schema["properties"]["other"]["default"] == "red"
    assert schema["$defs"]["Colour"]["enum"] == ["red", "blue"]
    assert schema["required"] == ["colour"]


def test_field_says_title_and_description():
    field = signature_of(Annotated[int, Field(title="Seats", description="In all.")])["value"]

    assert (field.title, field.description) == ("Seats", "In all.")


@pytest.mark.parametrize(
    ("annotation", "default", "words"),
    [
        (list[UploadedFile], (), "several files come as one archive"),
        (File, (), "a file is taken as `UploadedFile`"),
        (UploadedFile | str, (), "a file is taken as `UploadedFile`"),
        (User, (), "User cannot be written as JSON. Take plain data instead: an id"),
        (SecretStr, (), "a secret would be kept in the ledger"),
        (int, (None,), "Write `value: … | None = None`"),
        (int, ("five",), "the default 'five' does not fit"),
        (Annotated[int, Field(ge=1)], (0,), "the default 0 does not fit"),
        (int, (Field(ge=1),), "Annotated[TYPE, Field(…)] = DEFAULT"),
        ("Nowhere", (), "name 'Nowhere' is not defined"),
        ("int |", (), "An annotation is no type"),
    ],
)
def test_what_cannot_be_a_parameter(annotation, default, words):
    with pytest.raises(InvalidJob) as refused:
        signature_of(annotation, *default)

    assert words in str(refused.value)


def many(*names): ...


def keywords(**names): ...


def by_place(name, /): ...


def hidden(_name): ...


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (many, "Take a list instead: `names: list[str]`"),
        (keywords, "Take an object instead: `names: dict[str, Any]`"),
        (by_place, "'name' cannot be given by its name. Remove the `/`"),
        (hidden, "'_name': names that begin with _"),
    ],
)
def test_what_cannot_be_a_signature(function, words):
    with pytest.raises(InvalidJob) as refused:
        Signature.of(function)

    assert words in str(refused.value)
