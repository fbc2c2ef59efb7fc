"""Celery by the book: *Create Task!*, its id at once, its status by its id, and its result."""

from __future__ import annotations

import re
import uuid
from unittest.mock import patch

import pytest
from django.test import Client

from samovar.models import Run
from tests.integration.web.conftest import Page

UNKNOWN = ["no-id", str(uuid.UUID(int=7)), "0" * 300]


def submitted(client, *, should_fail: bool = True) -> tuple[Page, Run]:
    """Press *Create Task!* while chance decides so."""
    with patch("showcase.views.random.choice", return_value=should_fail):
        response = client.post("/submit")
    assert response.status_code == 200
    return Page(response), Run.objects.get()


def status_page(client, run: Run) -> Page:
    return Page(client.get(f"/get-status/{run.pk}"))


class TestSubmit:
    @pytest.mark.parametrize("should_fail", [True, False])
    def test_chance_is_kept_with_the_task(self, client, should_fail):
        _page, run = submitted(client, should_fail=should_fail)
        assert (run.job, run.params) == ("user_task", {"should_fail": should_fail})

    def test_the_answer_has_the_id_and_the_way_to_the_status(self, client):
        page, run = submitted(client)
        assert page.texts("h1") == ["Task created"]
        assert str(run.pk) in page.texts("code")
        assert "accepted" in page.texts("main")[0]
        [button] = page.attributes("a", href=f"/get-status/{run.pk}")
        assert page.texts("a", href=button["href"]) == ["Check Status"]

    def test_run_again_repeats_what_chance_has_drawn(self, client):
        _page, run = submitted(client, should_fail=True)
        client.post(f"/runs/{run.pk}/again/")
        repeated = Run.objects.exclude(pk=run.pk).get()
        assert repeated.params == {"should_fail": True}

    def test_in_russian(self, russian):
        page, run = submitted(russian)
        assert page.texts("h1") == ["Задача создана"]
        assert page.texts("a", href=f"/get-status/{run.pk}") == ["Проверить статус"]

    def test_it_is_asked_for_by_post(self, client):
        assert client.get("/submit").status_code == 405
        assert not Run.objects.exists()

    @pytest.mark.parametrize(
        "headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}]
    )
    @pytest.mark.parametrize(("method", "path"), [("post", "/submit"), ("get", "/my-view/")])
    def test_another_site_cannot_start_a_task(self, client, method, path, headers):
        response = getattr(client, method)(path, headers=headers)
        assert response.status_code == 403
        assert "/" in Page(response).links()
        assert not Run.objects.exists()

    def test_a_closed_site_wants_its_own_form(self, admin_user, settings):
        settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
        client = Client(enforce_csrf_checks=True)
        assert client.post("/submit")["Location"].startswith("/accounts/login/")
        client.force_login(admin_user)
        assert client.post("/submit").status_code == 403
        assert not Run.objects.exists()
        token = Page(client.get("/")).attributes("input", name="csrfmiddlewaretoken")[0]["value"]
        assert client.post("/submit", {"csrfmiddlewaretoken": token}).status_code == 200
        assert Run.objects.get().owner == admin_user


class TestStatus:
    @pytest.mark.parametrize("state", ["scheduled", "queued", "running", "cancelling"])
    def test_it_is_pending_until_its_end(self, client, make_run, state):
        run = make_run(state, job="user_task")
        page = status_page(client, run)
        assert page.texts("strong") == ["PENDING"]
        assert page.texts("a", href=f"/get-status/{run.pk}") == ["Refresh Status"]
        assert "Return Back" not in page.texts("a")

    @pytest.mark.parametrize(
        ("state", "words", "values"),
        [
            ("succeeded", ["SUCCESS", "True"], {"result": True}),
            ("failed", ["FAILURE", "no milk"], {"error": {"type": "E", "message": "no milk"}}),
            ("failed", ["FAILURE", "KeyError"], {"error": {"type": "KeyError", "message": ""}}),
        ],
    )
    def test_its_end_brings_the_result_and_the_way_back(
        self, client, make_run, state, words, values
    ):
        page = status_page(client, make_run(state, job="user_task", **values))
        assert page.texts("strong") + page.texts("pre") == words
        assert page.texts("a", class_="button primary", href="/") == ["Return Back"]
        assert "Refresh Status" not in page.texts("a")

    def test_a_revoked_task_has_ended_too(self, client, make_run):
        page = status_page(client, make_run("cancelled", job="user_task"))
        assert page.texts("strong") == ["REVOKED"]
        assert "Return Back" in page.texts("a")

    def test_in_russian(self, russian, make_run):
        page = status_page(russian, make_run("running", job="user_task"))
        assert "Обновить статус" in page.texts("a")
        page = status_page(russian, make_run("succeeded", job="user_task", result=True))
        assert "Вернуться" in page.texts("a")
        assert page.texts("strong") == ["SUCCESS"]

    @pytest.mark.parametrize("task_id", UNKNOWN)
    def test_an_unknown_id_is_not_found_and_has_a_way_back(self, client, russian, task_id):
        for visitor in (client, russian):
            response = visitor.get(f"/get-status/{task_id}")
            assert response.status_code == 404
            assert "/" in Page(response).links()


class TestHome:
    def test_active_and_finished_tasks_newest_first(self, client, make_run):
        active = [make_run(state, job="user_task") for state in ("running", "queued")]
        ended = [
            make_run("succeeded", job="user_task", result=True),
            make_run("failed", job="user_task", error={"type": "E", "message": "no milk"}),
        ]
        page = Page(client.get("/"))
        assert "Create Task!" in page.texts("button")
        for name, runs in (("active-tasks", active), ("finished-tasks", ended)):
            [words] = page.texts("section", data_region=name)
            shown = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", words)
            assert shown == [str(run.pk) for run in reversed(runs)]
        [words] = page.texts("section", data_region="finished-tasks")
        assert re.findall(r"SUCCESS|FAILURE|True|no milk", words) == [
            "FAILURE", "no milk", "SUCCESS", "True"
        ]  # fmt: skip
        checks = [f"/get-status/{run.pk}" for run in [*active, *ended]]
        assert all(page.texts("a", href=path) == ["Check Status"] for path in checks)

    def test_without_tasks_it_says_so(self, client):
        words = Page(client.get("/")).texts("main")[0]
        assert "No task is active." in words
        assert "No task has finished yet." in words

    def test_in_russian(self, russian):
        page = Page(russian.get("/"))
        assert "Создать задачу!" in page.texts("button")
        assert {"Активные задачи", "Завершённые задачи"} <= set(page.texts("h2"))


class TestMyView:
    def test_it_answers_with_the_id_of_a_queued_task(self, client):
        content = client.get("/my-view/").content.decode()
        run = Run.objects.get()
        assert content == f"Задача добавлена в очередь, ID задачи: {run.pk}"
        assert (run.job, run.params, run.state) == ("my_task", {"duration": 10}, "queued")


def test_a_page_that_names_no_icon_has_one(client):
    assert client.get("/favicon.ico").url == "/static/samovar/mark.svg"
