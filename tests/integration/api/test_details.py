"""The log, the attempts and the artifacts of a run."""

from __future__ import annotations

import uuid

import pytest

from samovar import clock
from samovar.models import Attempt, Chunk, Run
from samovar.types import Batch
from tests.integration.api.conftest import problem

pytestmark = pytest.mark.integration


def _store(run: Run, count: int) -> None:
    texts = [f"line {number}" for number in range(1, count + 1)]
    Chunk.pack(run.pk, 1, 1, [Batch(clock.now().timestamp(), "stdout", "info", texts)]).save()
    Run.objects.filter(pk=run.pk).update(log_lines=count)


def test_the_log_is_read_piece_by_piece(api, make_run):
    run = make_run(state="succeeded")
    _store(run, 25)
    met, after = [], 0
    while after is not None:
        page = api.get(f"runs/{run.pk}/log?after={after}&limit=10").json()
        met += page["lines"]
        after = page["next"]
    assert [line["n"] for line in met] == list(range(1, 26))
    assert met[0].keys() == {"n", "at", "attempt", "level", "stream", "text"}
    assert met[24]["text"] == "line 25"


def test_the_log_of_a_living_run_goes_on(api, make_run):
    run = make_run(state="running")
    assert api.get(f"runs/{run.pk}/log").json() == {"lines": [], "next": 0}
    _store(run, 3)
    assert api.get(f"runs/{run.pk}/log?after=1").json()["next"] == 3
    answer = api.get(f"runs/{run.pk}/log?after=3")
    assert answer.json() == {"lines": [], "next": 3}
    assert answer["Last-Line"] == "3"


@pytest.mark.parametrize(
    "query", ["limit=1001", "limit=0", "limit=x", "after=-1", f"after={2**64}"]
)
def test_a_bad_range_is_named(api, make_run, query):
    field = query.partition("=")[0]
    errors = problem(api.get(f"runs/{make_run().pk}/log?{query}"), 422)["errors"]
    assert [error["field"] for error in errors] == [field]


def test_attempts_stand_in_order(api, make_run):
    run = make_run(state="running", attempt=2)
    for number in (2, 1):
        Attempt.objects.create(
            run=run,
            number=number,
            token=uuid.uuid4(),
            worker_id=uuid.uuid4(),
            worker="w",
            host="h",
            pid=number,
            started_at=clock.now(),
        )
    attempts = api.get(f"runs/{run.pk}/attempts").json()
    assert [attempt["number"] for attempt in attempts] == [1, 2]
    assert attempts[0]["pid"] == 1
    assert attempts[0].keys() >= {
        "number", "state", "worker", "host", "pid", "reason", "started_at", "finished_at"
    }  # fmt: skip


def test_there_are_no_artifacts_yet(api, make_run):
    assert api.get(f"runs/{make_run().pk}/artifacts").json() == []
