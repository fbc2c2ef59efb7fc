"""The start form: what starts a run, what is refused and how."""

from __future__ import annotations

import uuid

import pytest

from samovar.models import Run, Source
from tests.integration.web.conftest import Page

FORM = "/jobs/long_process/"
REFUSED = ["", "0", "-1", "1.5", "abc", "9" * 31, "3601"]


def test_the_form_has_its_field_and_one_button(client):
    page = Page(client.get(FORM))
    [form] = [one for one in page.attributes("form") if one["action"] == FORM]
    assert form["method"] == "post"
    [field] = [one for one in page.attributes("input") if one["type"] != "hidden"]
    assert (field["name"], field["type"], field["min"]) == ("num_seconds", "number", "1")
    assert page.texts("button", class_="primary") == ["Start"]


def test_the_russian_form_says_start(russian):
    assert Page(russian.get(FORM)).texts("button", class_="primary") == ["Старт"]


def test_start_leads_to_the_run_s_page(client):
    response = client.post(FORM, {"num_seconds": "5"})
    run = Run.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/runs/{run.pk}/?watch")
    assert (run.params, run.source, run.state) == ({"num_seconds": 5}, Source.WEB, "queued")


def test_a_job_that_stays_has_nothing_to_watch_for(client):
    response = client.post("/jobs/my_task/", {"duration": "0"})
    assert response["Location"] == f"/runs/{Run.objects.get().pk}/"


@pytest.mark.parametrize("typed", REFUSED)
def test_a_refused_form_comes_back_as_it_was(client, typed):
    response = client.post(FORM, {"num_seconds": typed})
    assert response.status_code == 422
    page = Page(response)
    [field] = page.attributes("input", name="num_seconds")
    assert (field.get("value") or "") == typed
    assert field["aria-invalid"] == "true"
    [message] = page.texts("div", id="id_num_seconds_error")
    assert message
    assert "id_num_seconds_error" in (field["aria-describedby"] or "").split()
    assert not Run.objects.exists()


def test_a_refusal_is_in_the_visitor_s_language(russian):
    response = russian.post(FORM, {"num_seconds": "0"})
    assert "Не меньше 1." in Page(response).texts("div", id="id_num_seconds_error")[0]


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({}, "num_seconds"),
        ({"num_seconds": ["1", "2"]}, "num_seconds"),
        ({"num_seconds": "1", "colour": "red"}, "colour"),
    ],
)
def test_missing_doubled_and_unknown_fields_are_named(client, sent, named):
    response = client.post(FORM, sent)
    assert response.status_code == 422
    refusals = [text for text in Page(response).texts("div") if text]
    assert any(named in text.lower().replace(" ", "_") for text in refusals)
    assert not Run.objects.exists()


def test_a_double_press_starts_one_run(client):
    [key] = Page(client.get(FORM)).attributes("input", name="_key")
    sent = {"num_seconds": "5", "_key": key["value"]}
    first, second = client.post(FORM, sent), client.post(FORM, sent)
    assert first["Location"] == second["Location"]
    assert Run.objects.count() == 1


def test_another_value_in_an_old_form_starts_another_run(client):
    key = str(uuid.uuid4())
    client.post(FORM, {"num_seconds": "5", "_key": key})
    client.post(FORM, {"num_seconds": "6", "_key": key})
    assert sorted(run.params["num_seconds"] for run in Run.objects.all()) == [5, 6]


def test_an_old_form_starts_again_once_its_run_has_ended(client, make_run):
    run = make_run("succeeded")
    client.post(FORM, {"num_seconds": "5", "_key": str(run.pk)})
    assert Run.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x", "1" * 5000])
def test_a_key_that_is_none_is_no_harm(client, key):
    assert client.post(FORM, {"num_seconds": "5", "_key": key}).status_code == 303


def test_the_form_can_be_filled_in_like_an_earlier_run(client, make_run):
    run = make_run("failed", params={"num_seconds": 77})
    page = Page(client.get(f"{FORM}?like={run.pk}"))
    assert page.attributes("input", name="num_seconds")[0]["value"] == "77"


class TestNews:
    def test_the_form_brings_the_news(self, client, make_run):
        run = make_run("succeeded", after="form")
        page = Page(client.get(f"{FORM}?finished={run.pk}"))
        assert page.texts("h1") == ["Task completed successfully"]
        assert f"/runs/{run.pk}/" in page.links()
        assert page.attributes("input", name="num_seconds")[0].get("value") is None

    def test_in_russian_too(self, russian, make_run):
        run = make_run("succeeded", after="form")
        page = Page(russian.get(f"{FORM}?finished={run.pk}"))
        assert page.texts("h1") == ["Задача успешно завершена"]

    @pytest.mark.parametrize("values", [{"state": "failed"}, {"job": "my_task"}])
    def test_other_runs_are_no_news(self, client, make_run, values):
        run = make_run(**{"state": "succeeded", **values})
        page = Page(client.get(f"{FORM}?finished={run.pk}"))
        assert page.texts("h1") != ["Task completed successfully"]

    @pytest.mark.parametrize("finished", ["", "x", "00000000-0000-0000-0000-000000000000"])
    def test_an_unknown_run_is_no_news(self, client, finished):
        response = client.get(FORM, {"finished": finished})
        assert response.status_code == 200
        assert Page(response).texts("h1") != ["Task completed successfully"]
