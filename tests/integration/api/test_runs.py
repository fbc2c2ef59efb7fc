"""The list of runs, one run, its end and its repetition."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection

from samovar import clock
from samovar.models import Run
from tests.integration.api.conftest import ROOT, problem

pytestmark = pytest.mark.integration

NOWHERE = f"runs/{uuid.uuid4()}"


def _ids(page: dict) -> list[str]:
    return [run["id"] for run in page["items"]]


def test_pages_meet_each_run_once_newest_first(api, make_run):
    same = clock.now()
    runs = [make_run(created_at=same - dt.timedelta(seconds=number // 3)) for number in range(10)]
    wanted = [
        str(run.pk) for run in sorted(runs, key=lambda run: (run.created_at, run.pk), reverse=True)
    ]
    met, cursor = [], ""
    while cursor is not None:
        page = api.get(f"runs?limit=3&cursor={cursor}").json()
        met += _ids(page)
        cursor = page["next"]
        make_run()  # a run that comes meanwhile moves nothing
    assert met == wanted


def test_the_list_is_filtered(api, make_run):
    wanted = make_run(job="my_task", state="failed")
    make_run(job="my_task")
    make_run(state="failed")
    assert _ids(api.get("runs?job=my_task&state=failed").json()) == [str(wanted.pk)]
    assert _ids(api.get("runs?job=nothing").json()) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("cursor=abc", "cursor"),
        ("cursor=2026-01-31T12:00:00_x", "cursor"),
        ("state=sleeping", "state"),
        ("limit=0", "limit"),
        ("limit=x", "limit"),
    ],
)
def test_a_bad_query_is_named(api, query, field):
    errors = problem(api.get(f"runs?{query}"), 422)["errors"]
    assert [error["field"] for error in errors] == [field]


@pytest.mark.parametrize("suffix", ["", "/log", "/events", "/attempts", "/artifacts"])
@pytest.mark.parametrize("run", [NOWHERE, "runs/abc", "runs/1"])
def test_an_unknown_run_is_a_problem(api, run, suffix):
    problem(api.get(run + suffix), 404)


@pytest.mark.parametrize("action", ["cancellation", "again"])
def test_nothing_is_done_to_an_unknown_run(api, action):
    problem(api.post(f"{NOWHERE}/{action}"), 404)


def test_a_waiting_run_is_cancelled_once(api, make_run):
    run = make_run()
    response = api.post(f"runs/{run.pk}/cancellation")
    assert response.status_code == 202
    assert response.json()["state"] == "cancelled"
    problem(api.post(f"runs/{run.pk}/cancellation"), 409)


def test_again_makes_a_new_run(api, make_run):
    run = make_run(state="failed", params={"num_seconds": 7})
    response = api.post(f"runs/{run.pk}/again")
    assert response.status_code == 202
    assert response["Location"] == f"{ROOT}runs/{response.json()['id']}"
    assert response.json()["params"] == {"num_seconds": 7}
    assert Run.objects.get(pk=response.json()["id"]).again_of == run


def test_wait_returns_at_once_for_a_run_that_has_ended(api, make_run):
    run = make_run(state="succeeded", result=5)
    assert api.get(f"runs/{run.pk}?wait=30").json()["result"] == 5


def test_wait_gives_the_run_as_it_is_when_the_time_has_passed(api, make_run):
    assert api.get(f"runs/{make_run().pk}?wait=0.2").json()["state"] == "queued"


def test_wait_holds_the_answer_until_the_end(api, make_run):
    run = make_run()

    def end() -> None:
        run.cancel(now=clock.now())
        connection.close()

    timer = threading.Timer(0.5, end)
    timer.start()
    assert api.get(f"runs/{run.pk}?wait=20").json()["state"] == "cancelled"
    timer.join()


@pytest.mark.parametrize("wait", ["-1", "31", "x", "nan"])
def test_a_bad_wait_is_named(api, make_run, wait):
    problem(api.get(f"runs/{make_run().pk}?wait={wait}"), 422)


def test_instants_are_utc_and_fine(api, make_run):
    created = api.get(f"runs/{make_run().pk}").json()["created_at"]
    assert created.endswith("Z")
    assert dt.datetime.fromisoformat(created).tzinfo is not None
