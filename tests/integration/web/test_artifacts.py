"""Files of a run on its page, in the API and as downloads: nothing of them is run by a browser."""

from __future__ import annotations

import io
import uuid
from dataclasses import asdict

import pytest

from samovar.models import Artifact
from samovar.runtime import files
from tests.integration.web.conftest import Page

pytestmark = pytest.mark.integration

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


@pytest.fixture
def run(make_run, settings, tmp_path):
    settings.SAMOVAR = {**settings.SAMOVAR, "DATA": tmp_path}
    return make_run("running")


@pytest.fixture
def leave(run):
    """Leave a file of the run."""

    def leave_it(name: str, content: bytes) -> Artifact:
        stored = files.store(run.pk, name, io.BytesIO(content))
        return Artifact.objects.create(run=run, attempt=1, **asdict(stored))

    return leave_it


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_a_file_is_saved_and_never_run(client, leave):
    page = leave("evil.html", b"<script>window.__pwn = 1</script>")
    response = client.get(page.url)
    assert body(response) == b"<script>window.__pwn = 1</script>"
    assert response["Content-Disposition"] == 'attachment; filename="evil.html"'
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Length"] == str(page.size)


def test_a_picture_is_shown_and_one_that_is_a_page_is_not_read_as_one(client, leave):
    picture = leave("chart.png", PNG)
    fake = leave("page.png", b"<script>alert(1)</script>")
    for one in (picture, fake):
        response = client.get(f"{one.url}?show")
        assert response["Content-Type"] == "image/png"
        assert response["X-Content-Type-Options"] == "nosniff"
        body(response)
    response = client.get(f"{leave('a.svg', b'<svg onload=alert(1)>').url}?show")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    body(response)


def test_the_page_shows_files_before_the_run_s_end(client, run, leave):
    leave("chart.png", PNG)
    leave("users.csv", "город,n\nТверь,<b>1</b>\n".encode())
    leave("note.txt", b"first\n\x1b[31mred\x1b[0m <script>\nthird")
    leave("отчёт 1.pdf", b"%PDF")
    page = Page(client.get(run.url))
    assert {"src": f"/runs/{run.pk}/artifacts/chart.png?show"}.items() <= page.attributes("img")[
        -1
    ].items()
    assert "<b>1</b>" in page.texts("td")
    assert any("red <script>" in text for text in page.texts("pre"))
    assert f"/runs/{run.pk}/artifacts/%D0%BE%D1%82%D1%87%D1%91%D1%82%201.pdf" in page.links()


def test_names_in_any_script_are_downloaded(client, leave):
    response = client.get(leave("отчёт 1.pdf", b"%PDF").url)
    assert "filename*=utf-8" in response["Content-Disposition"]
    assert body(response) == b"%PDF"


def test_the_api_lists_them(client, run, leave):
    one = leave("users.csv", b"a,b\n")
    [told] = client.get(f"/api/v1/runs/{run.pk}/artifacts").json()
    assert (told["name"], told["size"], told["sha256"], told["media_type"], told["url"]) == (
        "users.csv", 4, one.sha256, "text/csv", one.url,
    )  # fmt: skip


def test_what_is_not_there_is_a_page_with_the_way_back(client, run, leave):
    gone = leave("gone.txt", b"x")
    files.remove_of(run.pk)
    assert client.get(gone.url).status_code == 404
    assert client.get(run.url).status_code == 200
    assert client.get(f"/runs/{run.pk}/artifacts/never.txt").status_code == 404
    assert client.get(f"/runs/{uuid.uuid4()}/artifacts/gone.txt").status_code == 404


def test_another_s_file_is_not_seen_on_a_closed_site(client, settings, leave, django_user_model):
    one = leave("mine.txt", b"x")
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
    client.force_login(django_user_model.objects.create(username="anna"))
    assert client.get(one.url).status_code == 404
