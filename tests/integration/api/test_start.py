"""Starting a run: what is taken, and every way to be refused."""

from __future__ import annotations

import json
import uuid

import pytest

from samovar.models import Run, Source
from tests.integration.api.conftest import ROOT, problem

pytestmark = pytest.mark.integration

LONG = "jobs/long_process/runs"


def test_a_run_is_accepted(api):
    response = api.post(LONG, {"num_seconds": 5})
    assert response.status_code == 202
    run = response.json()
    assert run["state"] == "queued"
    assert run["params"] == {"num_seconds": 5}
    assert run["attempt"] == 0
    assert run["progress"].keys() == {"done", "total", "percent", "text", "eta_seconds"}
    assert uuid.UUID(run["id"]).version == 7
    assert response["Location"] == f"{ROOT}runs/{run['id']}"
    assert api.client.get(response["Location"]).json() == run
    assert Run.objects.get().source == Source.API


def test_defaults_are_filled_in(api):
    assert api.post("jobs/my_task/runs", {}).json()["params"] == {"duration": 10}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"num_seconds": ""}', "num_seconds"),
        ('{"num_seconds": 0}', "num_seconds"),
        ('{"num_seconds": -1}', "num_seconds"),
        ('{"num_seconds": 1.5}', "num_seconds"),
        ('{"num_seconds": "abc"}', "num_seconds"),
        ('{"num_seconds": null}', "num_seconds"),
        ('{"num_seconds": true}', "num_seconds"),
        ('{"num_seconds": [1]}', "num_seconds"),
        (json.dumps({"num_seconds": 10**30}), "num_seconds"),
        ('{"num_seconds": 1e30}', "num_seconds"),
        ("{}", "num_seconds"),
        ('{"num_seconds": 1, "num_seconds": 1}', "num_seconds"),
        ('{"num_seconds": 1, "colour": "red"}', "colour"),
    ],
)
def test_params_that_do_not_fit_are_named(api, body, field):
    errors = problem(api.post(LONG, body), 422)["errors"]
    assert [error["field"] for error in errors] == [field]
    assert errors[0]["message"]
    assert not Run.objects.exists()


def test_each_fault_is_named(api):
    errors = problem(api.post(LONG, '{"num_seconds": 0, "a": 1, "a": 2}'), 422)["errors"]
    assert {error["field"] for error in errors} == {"num_seconds", "a"}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "5",
        '"text"',
        "null",
        '{"num_seconds": NaN}',
        '{"num_seconds": %s}' % ("9" * 5000),
        "[" * 100_000,
        b"\xff{}",
        "num_seconds=5",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(api, body):
    problem(api.post(LONG, body), 400)
    assert not Run.objects.exists()


def test_a_large_body_is_refused(api):
    problem(api.post(LONG, '{"num_seconds": 1, "a": "%s"}' % ("a" * 2_000_000)), 413)
    assert not Run.objects.exists()


def test_a_body_may_be_one_mebibyte(api):
    padded = '{"num_seconds": 1}'.ljust(1024 * 1024)
    assert api.post(LONG, padded).status_code == 202
    problem(api.post(LONG, padded + " "), 413)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"]
)
def test_another_content_type_is_refused(api, kind):
    problem(api.client.post(ROOT + LONG, '{"num_seconds": 1}', kind), 415)
    assert not Run.objects.exists()


def test_an_unknown_job_is_refused(api):
    problem(api.post("jobs/nothing/runs", {}), 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_is_refused(api, headers):
    problem(api.post(LONG, {"num_seconds": 1}, **headers), 403)
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://testserver"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_pages_are_heard(api, headers):
    assert api.post(LONG, {"num_seconds": 1}, **headers).status_code == 202


def test_a_trusted_site_is_heard(api, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.friend.example"]
    headers = {"Origin": "https://a.friend.example", "Sec-Fetch-Site": "cross-site"}
    assert api.post(LONG, {"num_seconds": 1}, **headers).status_code == 202
