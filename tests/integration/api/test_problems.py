"""What goes wrong is told as problem+json, whoever says it."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection

from tests.integration.api.conftest import ROOT, problem

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "path", ["", "nothing", "jobs/", "jobs/long_process/nothing", "runs/1/2/3"]
)
def test_an_unknown_address_is_a_problem(api, path):
    problem(api.get(path), 404)
    problem(api.post(path), 404)


@pytest.mark.parametrize("path", ["jobs", "runs", "openapi.json", "docs"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_another_method_is_a_problem(api, path, method):
    response = api.client.generic(method, ROOT + path)
    problem(response, 405)
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["jobs/long_process/runs", "runs/{}/again"])
def test_what_only_acts_takes_nothing_but_post(api, make_run, path):
    path = path.format(make_run().pk)
    for method in ("GET", "HEAD", "PUT"):
        response = api.client.generic(method, ROOT + path)
        assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "path", ["jobs", "runs", "runs/{}", "runs/{}/log", "openapi.json", "docs"]
)
def test_head_is_get_without_its_body(api, make_run, path):
    path = path.format(make_run(state="succeeded").pk)
    read, headed = api.get(path), api.client.head(ROOT + path)
    assert headed.status_code == read.status_code == 200
    assert headed["Content-Type"] == read["Content-Type"]
    assert headed.content == b""


def test_another_method_on_one_run_is_a_problem(api, make_run):
    problem(api.client.delete(f"{ROOT}runs/{make_run().pk}"), 405)


def test_a_database_that_is_away_is_a_problem(api):
    def refuse(*_args):
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(refuse):
        response = api.get("runs")
    problem(response, 503)
    assert int(response["Retry-After"]) > 0


def test_what_nobody_foresaw_is_a_problem(api, caplog):
    def fall(*_args):
        raise ZeroDivisionError("secret")

    with connection.execute_wrapper(fall):
        response = api.get("runs")
    assert "secret" not in problem(response, 500)["detail"]
    assert "ZeroDivisionError" in caplog.text
