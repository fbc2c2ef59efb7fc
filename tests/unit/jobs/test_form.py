"""The start form has the job's fields and nothing else, and refuses what the Signature refuses."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import pytest
from django.http import QueryDict
from django.utils import timezone
from pydantic import Field

from samovar.jobs.signature import Signature
from samovar.web.forms import JobForm
from tests.unit.jobs.zoo import Colour, Format, signature_of


def long_process(num_seconds: Annotated[int, Field(ge=1, le=3600)]):
    """Count the seconds on the server.

    Args:
        num_seconds: How many seconds the process works.
    """


def order(
    name: str,
    *,
    count: int = 1,
    gift: bool = True,
    hot: bool | None = None,
    tags: list[str] = [],  # noqa: B006 - never changed
    toppings: set[Literal["lemon", "sugar"]] = set(),  # noqa: B006
): ...


LONG = Signature.of(long_process)
ORDER = Signature.of(order)


def rendered(annotation, *default, data=None):
    return str(JobForm(signature_of(annotation, *default), data)["value"])


def test_long_process_has_one_field_with_its_limits():
    form = JobForm(LONG)

    assert list(form.fields) == ["num_seconds"]
    assert str(form["num_seconds"]) == (
        '<input type="number" name="num_seconds" min="1" max="3600" step="1" inputmode="numeric" '
        'required aria-describedby="id_num_seconds_helptext" id="id_num_seconds">'
    )
    assert form["num_seconds"].label == "Num seconds"
    assert form["num_seconds"].help_text == "How many seconds the process works."


def test_a_valid_form_has_params():
    form = JobForm(LONG, QueryDict("num_seconds=5&csrfmiddlewaretoken=x&_key=y"))

    assert form.is_valid()
    assert form.params == {"num_seconds": 5}


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "This field is required."),
        ("0", "Must be at least 1."),
        ("-1", "Must be at least 1."),
        ("1.5", "Enter a whole number."),
        ("abc", "Enter a whole number."),
        ("1" + "0" * 30, "Must be at most 3600."),
    ],
)
def test_a_refused_field_keeps_its_value_and_says_why(typed, message):
    form = JobForm(LONG, QueryDict(f"num_seconds={typed}"))

    assert form.errors == {"num_seconds": [message]}
    assert form.params == {}
    field = str(form["num_seconds"])
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_num_seconds_helptext id_num_seconds_error"' in field
    assert not typed or f'value="{typed}"' in field


def test_a_missing_field():
    assert JobForm(LONG, QueryDict()).errors == {"num_seconds": ["This field is required."]}


def test_a_doubled_field_is_refused_and_named():
    form = JobForm(LONG, QueryDict("num_seconds=5&num_seconds=5"))

    assert form.errors == {"num_seconds": ["Give one value only."]}


def test_an_unknown_field_is_refused_and_named():
    form = JobForm(LONG, QueryDict("num_seconds=5&admin=1&num-seconds=5"))

    assert form.non_field_errors() == [
        "admin: This job has no such parameter.",
        "num-seconds: This job has no such parameter.",
    ]


def test_what_a_browser_does_not_send():
    """No tick sends nothing; no text in a field that nobody filled in."""
    form = JobForm(ORDER, QueryDict("name=Tea&count=2&hot=&tags="))

    assert form.is_valid(), form.errors
    assert form.params == {
        "name": "Tea",
        "count": 2,
        "gift": False,
        "hot": None,
        "tags": [],
        "toppings": [],
    }


def test_what_a_browser_sends():
    form = JobForm(
        ORDER,
        QueryDict(
            "name=Tea&count=2&gift=on&hot=false&tags=a%0D%0A%0D%0Ab&toppings=sugar&toppings=lemon"
        ),
    )

    assert form.is_valid(), form.errors
    assert form.params == {
        "name": "Tea",
        "count": 2,
        "gift": True,
        "hot": False,
        "tags": ["a", "b"],
        "toppings": ["lemon", "sugar"],
    }


def test_an_empty_name_is_missing():
    assert JobForm(ORDER, QueryDict("name=&count=1")).errors == {
        "name": ["This field is required."]
    }


def test_doubled_boxes_and_areas():
    form = JobForm(ORDER, QueryDict("name=a&count=1&gift=on&gift=on&tags=a&tags=b&hot=&hot="))

    assert set(form.errors) == {"gift", "tags", "hot"}


def test_defaults_and_earlier_params_fill_the_fields():
    assert [field.value() for field in JobForm(ORDER)] == [None, "1", True, "", "", []]

    again = JobForm(ORDER, params={"name": "Tea", "gift": False, "tags": ["a", "b"]})

    assert [field.value() for field in again] == ["Tea", "1", False, "", "a\nb", []]


def test_params_of_a_job_that_has_changed_since_are_left_out():
    form = JobForm(ORDER, params={"name": ["Tea"], "count": "two", "old": 1, "hot": True})

    assert [field.value() for field in form][:4] == [None, "1", True, "true"]


@pytest.mark.parametrize(
    ("annotation", "markup"),
    [
        (str, '<input type="text"'),
        (Annotated[str, Field(max_length=10)], 'maxlength="10"'),
        (Annotated[str, Field(max_length=4000)], "<textarea"),
        (float, 'step="any"'),
        (Annotated[int, Field(gt=0, lt=5)], 'min="1" max="4"'),
        (Annotated[int, Field(multiple_of=5)], 'step="5"'),
        (bool, '<input type="checkbox"'),
        (bool | None, "<select"),
        (Colour, '<input type="radio"'),
        (Format, "A document"),
        (Literal["a", "b", "c", "d", "e", "f"], "<select"),
        (set[Colour], '<input type="checkbox"'),
        (list[int], "<textarea"),
        (dt.date, '<input type="date"'),
        (dt.datetime, '<input type="datetime-local"'),
        (dt.time, '<input type="time"'),
        (dt.timedelta, 'placeholder="1h 30m"'),
        (dict[str, int], 'class="code"'),
    ],
)
def test_widgets(annotation, markup):
    assert markup in rendered(annotation)


def test_a_required_choice_has_nothing_chosen():
    assert "checked" not in rendered(Colour)
    assert "checked" in rendered(Colour, Colour.RED)


def test_optional_choices_may_be_left_out():
    assert 'value=""' in rendered(Colour | None)
    assert "required" not in rendered(Colour | None)


def test_refused_boxes_are_marked():
    assert 'aria-invalid="true"' in rendered(Colour, data=QueryDict("value=green"))


def test_an_instant_is_shown_in_the_current_zone():
    signature = signature_of(dt.datetime)

    with timezone.override("Europe/Moscow"):
        form = JobForm(signature, params={"value": "2026-01-31T12:00:00Z"})

        assert form["value"].value() == "2026-01-31T15:00:00"


def test_values_are_escaped():
    assert "<script>" not in rendered(int, data=QueryDict("value=<script>"))
