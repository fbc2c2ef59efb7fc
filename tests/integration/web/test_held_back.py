"""A run that its job's limits hold back says which one does, and until when."""

from __future__ import annotations

import pytest

from samovar.models import Worker
from samovar.runtime.submit import submit
from tests.integration.ledger.jobs import paced, pair, per_user
from tests.integration.web.conftest import Page


@pytest.fixture(autouse=True)
def worker(db):
    """Write a worker of another host that knows all jobs."""
    return Worker.objects.create(
        name="samovar@tea", host="tea", host_key="x", pid=1, slots=9, queues=["default"]
    )


def said(client, run) -> str:
    [words] = Page(client.get(f"/runs/{run.pk}/")).texts("div", class_="why")
    return words


def test_the_limit_of_the_job_is_told(client):
    runs = [submit(pair, {"number": n}) for n in range(4)]
    assert "may run at a time" not in said(client, runs[1])
    assert "It is next in line. Only 2 runs of this job may run at a time" in said(client, runs[2])
    assert "1 run is ahead of it." in said(client, runs[3])


def test_the_key_is_told(client):
    submit(per_user, {"user": 7})
    assert "at a time for user=7, and" in said(client, submit(per_user, {"user": 7}))


def test_the_rate_is_told(client, make_run, make_attempt):
    for _ in range(3):
        make_attempt(make_run("succeeded", job=paced.name, limit_key=""))
    words = said(client, submit(paced, {}))
    assert "Only 3 runs of this job may begin in 60 s. The next may at " in words
