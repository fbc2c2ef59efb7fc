"""The first page, the list of runs, and the language of both."""

from __future__ import annotations

import pytest

from samovar.jobs import registry
from tests.integration.web.conftest import Page


def test_the_catalogue_links_every_job(client):
    links = Page(client.get("/")).links()
    jobs = [job.name for job in registry.all() if job.permission is None]
    assert {f"/jobs/{name}/" for name in jobs} <= set(links)


def test_an_empty_site_says_what_to_do(client):
    assert "No runs yet" in client.get("/").content.decode()


@pytest.mark.parametrize("path", ["/", "/runs/"])
def test_the_last_runs_are_linked_with_their_whole_id(client, make_run, path):
    runs = [make_run("succeeded") for _ in range(20)]
    response = client.get(path)
    assert {f"/runs/{run.pk}/" for run in runs} <= set(Page(response).links())
    assert all(f"<code>{run.pk}</code>" in response.content.decode() for run in runs)


def test_what_runs_now_stands_apart(client, make_run):
    run = make_run("running", progress_percent=40.0)
    page = Page(client.get("/"))
    assert page.attributes("progress")[0]["value"] == "40.0"
    assert page.links().count(f"/runs/{run.pk}/") == 2


def test_the_list_goes_on_by_its_cursor(client, make_run):
    runs = [make_run("succeeded") for _ in range(51)]
    page = Page(client.get("/runs/"))
    assert f"/runs/{runs[0].pk}/" not in page.links()
    following = page.attributes("a", rel="next")[0]["href"]
    page = Page(client.get(f"/runs/{following}"))
    assert [link for link in page.links() if link == f"/runs/{runs[0].pk}/"]
    assert not page.attributes("a", rel="next")


def test_the_list_is_filtered_by_get_parameters(client, make_run):
    failed = make_run("failed", job="user_task")
    make_run("succeeded", job="user_task")
    make_run("failed", job="long_process")
    page = Page(client.get("/runs/?state=failed&job=user_task"))
    assert [link for link in page.links() if link and link.startswith("/runs/0")] == [
        f"/runs/{failed.pk}/"
    ]


def test_a_filter_that_finds_nothing_says_so(client):
    assert "No run matches" in client.get("/runs/?state=failed").content.decode()


@pytest.mark.parametrize("cursor", ["x", "2026-01-01_x", "2026-01-01T00:00:00_", "_"])
def test_a_cursor_that_is_none_of_ours_is_not_found(client, cursor):
    assert client.get("/runs/", {"cursor": cursor}).status_code == 404


@pytest.mark.parametrize(
    ("path", "status"), [("/runs/x/", 404), ("/jobs/x/", 404), ("/runs/0/log.txt", 404)]
)
def test_what_is_not_there_has_a_way_back(client, path, status):
    response = client.get(path)
    assert response.status_code == status
    assert "/" in Page(response).links()


def test_the_browser_s_language_is_spoken(russian):
    response = russian.get("/")
    assert Page(response).attributes("html")[0]["lang"] == "ru"
    assert Page(response).texts("h1") == ["Задания"]


def test_the_switch_is_stronger_than_the_browser(russian):
    response = russian.post("/language/", {"language": "en", "next": "/runs/"})
    assert (response.status_code, response["Location"]) == (302, "/runs/")
    page = Page(russian.get("/runs/"))
    assert page.attributes("html")[0]["lang"] == "en"
    assert page.texts("h1") == ["Runs"]


def test_another_site_s_form_is_refused(client, make_run):
    run = make_run("queued")
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (
            client.post("/jobs/long_process/", {"num_seconds": 1}, headers=headers).status_code
            == 403
        )
        assert client.post(f"/runs/{run.pk}/cancellation/", headers=headers).status_code == 403
    assert run.refresh().state == "queued"


def test_nothing_inline_and_nothing_from_elsewhere(client, make_run):
    run = make_run("failed", lines=["one"], error={"type": "E", "message": "m"})
    for path in ("/", "/runs/", f"/runs/{run.pk}/", "/jobs/long_process/", "/workers/", "/help/"):
        response = client.get(path)
        assert response["Content-Security-Policy"].startswith("default-src 'self';")
        page = Page(response)
        assert not page.attributes("style")
        assert all(script.get("src") for script in page.attributes("script"))
        for _tag, attributes, _texts in page.elements:
            assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_a_closed_site_asks_for_a_login(client, settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
    response = client.get("/runs/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/runs/"
