"""A file by REST, by the command and from code: the same reference, the same refusals."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction

from samovar.exceptions import InvalidParams
from samovar.management import arguments
from samovar.models import Run, Upload
from samovar.testing import inline
from tests.integration.uploads.conftest import CSV
from tests.integration.uploads.jobs import count, once, perhaps

pytestmark = pytest.mark.integration

RUNS = "/api/v1/jobs/uploads_count/runs"


def fields_of(response) -> dict[str, str]:
    return {one["field"]: one["message"] for one in response.json()["errors"]}


def test_rest_takes_parts(client, csv):
    with inline():
        response = client.post(RUNS, {"table": csv, "times": "3"})
    assert response.status_code == 202, response.content
    told = client.get(response["Location"]).json()
    assert told["result"]["read"] == 72
    assert told["params"]["table"]["name"] == "towns.csv"


def test_rest_refuses_a_value_in_json(client):
    reference = {"name": "a", "size": 1, "sha256": "0" * 64, "content_type": "text/csv"}
    for value in (reference, "towns.csv", None, 5):
        response = client.post(RUNS, json.dumps({"table": value}), "application/json")
        assert response.status_code == 422
        assert fields_of(response) == {
            "table": "Send a file here, as a part of multipart/form-data."
        }
    assert not Run.objects.exists()


def test_rest_refuses_what_does_not_fit(client, csv, kept):
    other = SimpleUploadedFile("b.csv", CSV)
    response = client.post(RUNS, {"table": [csv, other], "times": "x", "odd": other})
    assert response.status_code == 422
    assert fields_of(response) == {
        "table": "Give one value only.",
        "times": "Enter a whole number.",
        "odd": "This job has no such parameter.",
    }
    assert client.post(RUNS, {}).status_code == 422
    assert kept() == []


def test_rest_refuses_too_much(client, kept):
    for size in (2**20 + 1, 6 * 2**20):
        response = client.post(RUNS, {"table": SimpleUploadedFile("b", b"x" * size)})
        assert response.status_code == 413
        assert response["Content-Type"] == "application/problem+json"
        assert "larger than 1 MB" in response.json()["detail"]
    assert kept() == []


def test_a_broken_body_is_refused(client):
    kind = "multipart/form-data; boundary="
    assert client.post(RUNS, b"nothing", kind + "x" * 300).status_code == 400
    assert not Run.objects.exists()


def test_the_same_key_and_file_are_one_run(client, csv):
    first = client.post(RUNS, {"table": csv}, headers={"Idempotency-Key": "k"})
    csv.seek(0)
    again = client.post(RUNS, {"table": csv}, headers={"Idempotency-Key": "k"})
    other = SimpleUploadedFile("towns.csv", CSV + b"!")
    refused = client.post(RUNS, {"table": other}, headers={"Idempotency-Key": "k"})
    assert first.json()["id"] == again.json()["id"]
    assert refused.status_code == 422


def test_the_schemas_say_that_it_is_a_file(client):
    params = client.get("/api/v1/jobs/uploads_count").json()["params"]
    assert params["properties"]["table"]["format"] == "binary"
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    bodies = {
        job: list(paths[f"/api/v1/jobs/{job}/runs"]["post"]["requestBody"]["content"])
        for job in ("uploads_count", "uploads_perhaps", "my_task")
    }
    assert bodies == {
        "uploads_count": ["multipart/form-data"],
        "uploads_perhaps": ["application/json", "multipart/form-data"],
        "my_task": ["application/json"],
    }


def test_code_gives_any_open_file(tmp_path):
    path = tmp_path / "towns.csv"
    path.write_bytes(CSV)
    with inline(), path.open("rb") as plain:
        runs = [
            count.submit(ContentFile(CSV, name="towns.csv")).refresh(),
            count.submit(table=plain).refresh(),
            count.submit(table=io.BytesIO(CSV)).refresh(),
        ]
    assert [run.result["read"] for run in runs] == [24, 24, 24]
    assert [run.params["table"]["name"] for run in runs] == ["towns.csv", "towns.csv", "file"]
    assert {run.params["table"]["content_type"] for run in runs[:2]} == {"text/csv"}


@pytest.mark.parametrize("value", [b"bytes", "a.csv", Path("a.csv"), {"sha256": "0"}, None])
def test_code_gives_nothing_else(value, kept):
    with pytest.raises(InvalidParams):
        count.submit(table=value)
    assert kept() == []


def test_a_text_file_is_refused(tmp_path):
    path = tmp_path / "towns.csv"
    path.write_bytes(CSV)
    with path.open() as text, pytest.raises(InvalidParams, match="binary mode"):
        count.submit(table=text)


def test_a_rollback_takes_the_run_and_the_row(db):
    with transaction.atomic():
        count.submit(io.BytesIO(CSV))
        transaction.set_rollback(True)
    assert (Run.objects.count(), Upload.objects.count()) == (0, 0)


def test_a_group_and_a_unique_job_know_files_by_content():
    group = count.submit_many({"table": io.BytesIO(CSV), "times": n} for n in (1, 2))
    assert (group.size, Upload.objects.count()) == (2, 1)
    runs = [once.submit(io.BytesIO(text)) for text in (CSV, CSV, b"other")]
    assert runs[0].id == runs[1].id != runs[2].id


def test_the_command_takes_a_path(tmp_path, capsys):
    path = tmp_path / "towns.csv"
    path.write_bytes(CSV)
    call_command("samovar", "run", "uploads_count", "--table", str(path), "--detach")
    run = Run.objects.get(pk=capsys.readouterr().out.strip())
    assert run.params["table"]["name"] == "towns.csv"
    assert Upload.objects.get().size == 24


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--table", "/nowhere.csv"], "--table: /nowhere.csv cannot be read: No such file"),
        (["--table", "/"], "--table: / cannot be read: Is a directory"),
        (["--table="], "--table: "),
        ([], "--table: This field is required."),
        (["--table", __file__, "--times", "0"], "--times: Must be at least 1."),
    ],
)
def test_the_command_refuses_and_keeps_nothing(words, fault, kept, capsys):
    with pytest.raises(SystemExit) as refused:
        call_command("samovar", "run", "uploads_count", *words)
    assert (refused.value.code, capsys.readouterr().err.startswith(fault)) == (2, True)
    assert (Run.objects.count(), kept()) == (0, [])


def test_the_command_s_help_says_file():
    assert "--table FILE" in arguments.help_text(count)
    assert "--note FILE" in arguments.help_text(perhaps)
