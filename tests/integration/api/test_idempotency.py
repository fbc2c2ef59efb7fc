"""A request that is sent again: the same key makes one run."""

from __future__ import annotations

import contextlib
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from samovar import clock
from samovar.models import IdempotencyKey, Run
from tests.integration.api.conftest import Api, problem

pytestmark = pytest.mark.integration

LONG = "jobs/long_process/runs"
KEY = {"Idempotency-Key": "order 66"}
THREADS = 4


def test_the_same_request_finds_its_first_run(api):
    first = api.post(LONG, {"num_seconds": 5}, **KEY)
    again = api.post(LONG, {"num_seconds": 5}, **KEY)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert Run.objects.count() == 1


def test_the_first_run_is_told_as_it_stands_now(api):
    run_id = api.post(LONG, {"num_seconds": 5}, **KEY).json()["id"]
    api.post(f"runs/{run_id}/cancellation")
    assert api.post(LONG, {"num_seconds": 5}, **KEY).json()["state"] == "cancelled"


def test_spaces_and_order_make_no_other_body(api):
    first = api.post("jobs/user_task/runs", '{"should_fail": false}', **KEY)
    again = api.post("jobs/user_task/runs", '{ "should_fail" : false }', **KEY)
    assert first.json()["id"] == again.json()["id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (LONG, {"num_seconds": 6}),
        (LONG, {"num_seconds": "5"}),
        (LONG, '{"num_seconds": 5, "num_seconds": 5}'),
        (LONG, {"colour": "red"}),
        ("jobs/my_task/runs", {"num_seconds": 5}),
    ],
)
def test_the_key_with_another_request_is_refused(api, path, body):
    api.post(LONG, {"num_seconds": 5}, **KEY)
    errors = problem(api.post(path, body, **KEY), 422)["errors"]
    assert [error["field"] for error in errors] == ["Idempotency-Key"]
    assert Run.objects.count() == 1


def test_a_refused_request_takes_no_key(api):
    problem(api.post(LONG, {"num_seconds": 0}, **KEY), 422)
    assert api.post(LONG, {"num_seconds": 1}, **KEY).status_code == 202


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_a_length(api, key):
    errors = problem(api.post(LONG, {"num_seconds": 1}, **{"Idempotency-Key": key}), 422)["errors"]
    assert [error["field"] for error in errors] == ["Idempotency-Key"]
    assert not Run.objects.exists()


@pytest.mark.parametrize("depth", [200, 2000, 100_000])
def test_a_deep_body_is_refused_with_a_key_too(api, depth):
    body = '{"num_seconds": ' + "[" * depth + "]" * depth + "}"
    assert api.post(LONG, body, **KEY).status_code in {400, 422}


def test_each_caller_has_keys_of_their_own(api):
    user = get_user_model().objects.create_user("ann")
    first = api.post(LONG, {"num_seconds": 5}, **KEY)
    api.client.force_login(user)
    second = api.post(LONG, {"num_seconds": 6}, **KEY)
    assert second.status_code == 202
    assert first.json()["id"] != second.json()["id"]


def test_requests_at_the_same_time_make_one_run(api):
    together = Barrier(THREADS)

    def after_the_look(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if sql.startswith("SELECT") and IdempotencyKey._meta.db_table in sql:
            with contextlib.suppress(BrokenBarrierError):
                together.wait(10)
            together.abort()  # later looks wait for nobody
        return found

    def post(_number: int):
        try:
            with connection.execute_wrapper(after_the_look):
                return Api(Client()).post(LONG, {"num_seconds": 5}, **KEY)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        responses = list(pool.map(post, range(THREADS)))
    assert {response.status_code for response in responses} == {202}
    assert {response.json()["id"] for response in responses} == {str(Run.objects.get().pk)}


def test_keys_are_forgotten_after_a_day(api):
    api.post(LONG, {"num_seconds": 5}, **KEY)
    day = dt.timedelta(hours=24)
    made = IdempotencyKey.objects.get().created_at
    assert IdempotencyKey.prune(made + day) == 0
    assert IdempotencyKey.prune(clock.now() + day) == 1
    assert api.post(LONG, {"num_seconds": 6}, **KEY).status_code == 202
    assert Run.objects.count() == 2


def test_the_description_tells_of_the_key(api):
    paths = api.get("openapi.json").json()["paths"]
    for path in ("/api/v1/jobs/{name}/runs", "/api/v1/jobs/long_process/runs"):
        names = [one["name"] for one in paths[path]["post"]["parameters"] if one["in"] == "header"]
        assert names == ["Idempotency-Key"]
