"""A file by the start form: kept with its run, refused before anything is kept."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from samovar.models import Run, Schedule, Upload, UploadUse
from samovar.testing import inline
from tests.integration.uploads.conftest import CSV
from tests.integration.web.conftest import Page

pytestmark = pytest.mark.integration

FORM = "/jobs/uploads_count/"


def start(client, address=FORM, **fields):
    with inline():
        return client.post(address, {"_key": str(uuid.uuid4()), **fields})


def started(client, **fields) -> Run:
    response = start(client, **fields)
    assert response.status_code == 303, response.content.decode()
    return Run.objects.get()


def test_the_form_has_a_field_for_the_file(client):
    page = Page(client.get(FORM))
    [form] = page.attributes("form", data_start=None)
    assert form["enctype"] == "multipart/form-data"
    [field] = page.attributes("input", type="file")
    assert field["data-most"] == str(1024 * 1024)
    assert "The table. At most 1 MB." in page.texts("div", class_="hint")
    assert "enctype" not in client.get("/jobs/my_task/").content.decode()


def test_the_job_gets_the_file_and_the_page_has_it(client, csv, kept, folder):
    run = started(client, table=csv, times="2")

    assert run.result == {"name": "towns.csv", "size": 24, "read": 48, "type": "text/csv"}
    digest = run.params["table"]["sha256"]
    assert run.params["table"] == {
        "name": "towns.csv", "size": 24, "sha256": digest, "content_type": "text/csv",
    }  # fmt: skip
    assert kept() == [digest]
    assert list((folder / "coming").iterdir()) == []
    page = Page(client.get(run.url))
    assert f"/runs/{run.pk}/uploads/table" in page.links()
    assert "towns.csv" in page.texts("a")


def test_it_is_downloaded_and_never_run(client):
    evil = SimpleUploadedFile("towns.html", b"<script>1</script>", "text/html")
    run = started(client, table=evil)
    response = client.get(f"/runs/{run.pk}/uploads/table")
    assert b"".join(response.streaming_content) == b"<script>1</script>"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="towns.html"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_another_s_upload_is_not_seen_on_a_closed_site(client, csv, settings, django_user_model):
    run = started(client, table=csv)
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
    client.force_login(django_user_model.objects.create(username="anna"))
    assert client.get(f"/runs/{run.pk}/uploads/table").status_code == 404


def test_the_same_file_is_kept_once(client, csv, kept):
    started(client, table=csv)
    csv.seek(0)
    start(client, table=csv)
    assert Run.objects.count() == 2
    assert len(kept()) == 1
    assert (Upload.objects.count(), UploadUse.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "This field is required."),
        ({"table": "towns.csv"}, "Send a file here, as a part of multipart/form-data."),
        ({"table": SimpleUploadedFile("empty.csv", b"")}, "This file is empty."),
        (
            {"times": SimpleUploadedFile("5", b"5")},
            "Enter a value here; this field takes no file.",
        ),
    ],
)
def test_what_is_no_file_is_refused(client, fields, words, kept):
    response = start(client, **fields)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Run.objects.exists()
    assert kept() == []


@pytest.mark.parametrize("names", [("table", "table"), ("table", "other")])
def test_one_file_too_many_is_refused(client, names, kept):
    files = [SimpleUploadedFile("a.csv", CSV), SimpleUploadedFile("b.csv", CSV)]
    fields = {names[0]: files} if len(set(names)) == 1 else dict(zip(names, files, strict=True))
    assert start(client, **fields).status_code == 422
    assert (Run.objects.count(), kept()) == (0, [])


def test_nothing_is_kept_when_another_field_is_wrong(client, csv, kept):
    response = start(client, table=csv, times="11")
    assert response.status_code == 422
    assert 'value="11"' in response.content.decode()
    assert (Upload.objects.count(), kept()) == (0, [])


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 6 * 1024 * 1024])
def test_too_large_a_file_is_refused_in_clear_words(client, size, kept, folder):
    response = start(client, table=SimpleUploadedFile("big.csv", b"x" * size))
    assert response.status_code == 413
    page = Page(response)
    assert "The upload is larger than 1 MB, so it was refused. Send smaller files." in page.texts(
        "p"
    )
    assert any("shows the form as you filled it in" in words for words in page.texts("p"))
    assert FORM in page.links()
    assert (Run.objects.count(), kept(), list((folder / "coming").iterdir())) == (0, [], [])


def test_on_a_closed_site_too(settings, django_user_model, kept):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
    client = Client(enforce_csrf_checks=True)
    client.force_login(django_user_model.objects.create(username="anna", is_staff=True))
    token = client.get(FORM).cookies["csrftoken"].value
    csv, big = SimpleUploadedFile("a.csv", CSV), SimpleUploadedFile("b", b"x" * 2**21)
    assert start(client, table=csv).status_code == 403
    assert start(client, csrfmiddlewaretoken=token, table=big).status_code == 413
    csv.seek(0)
    assert start(client, csrfmiddlewaretoken=token, table=csv).status_code == 303


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("отчёт 1.csv", "отчёт 1.csv"),
        ("a\u202ecod.csv", "acod.csv"),
        ("<b>.csv", "<b>.csv"),
        ("x" * 300 + ".csv", "x" * 146 + ".csv"),
    ],
)
def test_names_are_only_names(client, sent, shown):
    run = started(client, table=SimpleUploadedFile(sent, CSV))
    assert run.params["table"]["name"] == shown
    assert shown in Page(client.get(run.url)).texts("a")


def test_a_double_press_is_one_run(client, csv):
    key = str(uuid.uuid4())
    for _ in range(2):
        csv.seek(0)
        client.post(FORM, {"_key": key, "table": csv})
    assert Run.objects.count() == 1


def test_again_takes_the_same_file(client, csv):
    run = started(client, table=csv)
    with inline():
        client.post(f"/runs/{run.pk}/again/")
    fresh = Run.objects.get(again_of=run)
    assert fresh.result == run.result
    assert UploadUse.objects.filter(run=fresh).count() == 1


def test_again_of_a_run_whose_file_is_gone_says_so(client, csv, folder, kept):
    run = started(client, table=csv)
    (folder / "uploads" / kept()[0]).unlink()
    response = client.post(f"/runs/{run.pk}/again/")
    assert response.status_code == 409
    assert "not in the storage any more" in response.content.decode()
    assert client.get(f"/runs/{run.pk}/uploads/table").status_code == 404


def test_a_job_to_be_confirmed_keeps_the_file_of_the_run_before(client):
    address = "/jobs/uploads_perhaps/"
    note = SimpleUploadedFile("note.txt", b"buy tea")
    assert start(client, address, note=note, _confirm="on").status_code == 303
    run = Run.objects.get()
    again = client.post(f"/runs/{run.pk}/again/")
    shown = client.get(again["Location"])
    assert "the earlier run’s file is taken: note.txt" in shown.content.decode()
    start(client, address, _like=str(run.pk), _confirm="on")
    assert [each.result for each in Run.objects.all()] == ["buy tea", "buy tea"]


def test_a_job_may_do_without(client):
    assert start(client, "/jobs/uploads_perhaps/", _confirm="on").status_code == 303
    run = Run.objects.get()
    assert (run.state, run.result, run.params) == ("succeeded", None, {"note": None})


def test_a_schedule_brings_no_files(client):
    response = client.get("/schedules/new/?job=uploads_count")
    assert response.status_code == 409
    assert "cannot be started by a schedule" in response.content.decode()
    assert "/schedules/new/?job=uploads_count" not in Page(client.get("/schedules/")).links()
    fields = {"name": "n", "how": "every", "count": "1", "unit": "minutes", "zone": "UTC",
              "overlap": "skip", "catch_up": "none"}  # fmt: skip
    address = "/schedules/new/?job=uploads_perhaps"
    assert "file" not in [one["type"] for one in Page(client.get(address)).attributes("input")]
    prefixed = {f"_schedule-{name}": value for name, value in fields.items()}
    assert client.post(address, prefixed).status_code == 303
    assert Schedule.objects.get().params == {"note": None}
