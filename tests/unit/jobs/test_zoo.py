"""Every type comes through form, JSON and command to the same params, and back to itself."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from django.http import QueryDict

from samovar.exceptions import InvalidParams
from samovar.jobs.shape import Kind
from samovar.management import arguments
from samovar.web.forms import JobForm
from tests.unit.jobs.zoo import ZOO, Row, each

BAD = [pytest.param(row, text, id=f"{row.name}-{text}") for row in ZOO for text in row.bad]


def posted(row: Row) -> QueryDict:
    """Return what a browser sends for the row's texts."""
    query = QueryDict(mutable=True)
    is_one_area = row.signature["value"].shape.kind is Kind.LIST
    query.setlist("value", ["\r\n".join(row.texts)] if is_one_area else row.texts)
    return query


def refusal(row: Row, text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidParams) as refused:
        row.signature.validate_text({"value": text})
    return refused.value.errors


@each(ZOO)
def test_json(row):
    assert row.signature.validate({"value": row.json}) == {"value": row.stored}


@each(ZOO)
def test_stored_params_are_taken_as_they_are(row):
    assert row.signature.validate({"value": row.stored}) == {"value": row.stored}
    assert json.loads(json.dumps(row.stored, allow_nan=False)) == row.stored


@each(ZOO)
def test_python(row):
    assert row.signature.validate({"value": row.value}) == {"value": row.stored}


@each(ZOO)
def test_text(row):
    assert row.signature.validate_text({"value": row.texts}) == {"value": row.stored}


@each(ZOO)
def test_form(row):
    form = JobForm(row.signature, posted(row))

    assert form.is_valid(), form.errors
    assert form.params == {"value": row.stored}


@each(ZOO)
def test_form_shows_stored_params_and_takes_them_again(row):
    shown = JobForm(row.signature, params={"value": row.stored})["value"].value()
    query = QueryDict(mutable=True)
    query.setlist("value", shown if isinstance(shown, list) else [str(shown)])

    form = JobForm(row.signature, query)

    assert form.is_valid(), form.errors
    assert form.params == {"value": row.stored}


@each(ZOO)
def test_command(row):
    words = [word for text in row.texts for word in ("--value", text)]

    assert arguments.read(SimpleNamespace(signature=row.signature), words) == {"value": row.stored}


@each(ZOO)
def test_body(row):
    loaded = row.signature.load({"value": row.stored})["value"]

    assert loaded == row.value
    assert type(loaded) is type(row.value)


@each(ZOO)
def test_schema_is_json(row):
    schema = json.loads(json.dumps(row.signature.json_schema()))

    assert schema["required"] == ["value"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["value"]["title"] == "Value"


@pytest.mark.parametrize(("row", "text"), BAD)
def test_refused_text(row, text):
    assert refusal(row, text)[0] == ("value", row.bad[text])


@pytest.mark.parametrize(("row", "text"), BAD)
def test_form_and_command_say_the_same(row, text):
    form = JobForm(row.signature, QueryDict(mutable=True) | {"value": text})
    with pytest.raises(InvalidParams) as refused:
        arguments.read(SimpleNamespace(signature=row.signature), [f"--value={text}"])

    said = [message for _field, message in refused.value.errors]
    if text or row.signature["value"].shape.kind is not Kind.LIST:
        assert form.errors == {"value": said}
