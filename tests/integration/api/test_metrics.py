"""`/metrics`: what Prometheus reads, from the ledger, for those who may."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from prometheus_client.parser import text_string_to_metric_families

from samovar import clock, transactions
from samovar.models import BearerToken, Counter, Queue, RunState
from samovar.models.fields import uuid7
from samovar.runtime import events, tally
from samovar.runtime.cancel import cancel
from samovar.runtime.events import RunMoved, RunSaid, RunStarted
from samovar.runtime.tally import Tally, bucket
from tests.integration.api.conftest import problem

pytestmark = pytest.mark.integration


def figures(client) -> dict[tuple, float]:
    """Return the value of each figure by its name and its labels."""
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(response.content.decode())
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, *sorted(sample.labels.values())): sample.value for sample in samples}


@pytest.fixture
def counting():
    counts = Tally()
    counts.open()
    yield counts
    counts.close()


def write(counts: Tally) -> None:
    with transactions.write():
        counts.write()


def test_queues_stand_as_the_ledger_has_them(client, make_run):
    make_run(created_at=clock.now() - dt.timedelta(minutes=5))
    make_run()
    make_run(state="running", token=uuid7(), queue="slow")
    Queue.pause("slow", now=clock.now())
    found = figures(client)
    assert found["samovar_queue_depth", "default"] == 2
    assert 300 <= found["samovar_queue_oldest_seconds", "default"] < 400
    assert found["samovar_queue_depth", "slow"] == 0
    assert found["samovar_queue_running", "slow"] == 1
    assert found["samovar_queue_paused", "slow"] == 1
    assert found["samovar_queue_paused", "default"] == 0


def test_a_worker_counts_ends_seconds_and_bytes(client, counting):
    for state in (RunState.SUCCEEDED, RunState.SUCCEEDED, RunState.FAILED):
        run_id = uuid7()
        events.tell(RunStarted(run_id, "brew"))
        events.tell(RunSaid(run_id, "brew", size=100))
        events.tell(RunMoved(run_id, "brew", state=RunState.CANCELLING))
        events.tell(RunMoved(run_id, "brew", state=state))
    events.tell(RunMoved(uuid7(), "brew", state=RunState.SCHEDULED))
    events.note_lost(4)
    write(counting)
    events.tell(RunMoved(uuid7(), "brew", state=RunState.FAILED))
    write(counting)
    write(counting)
    found = figures(client)
    assert found["samovar_runs_total", "brew", "succeeded"] == 2
    assert found["samovar_runs_total", "brew", "failed"] == 2
    assert ("samovar_runs_total", "brew", "scheduled") not in found
    assert found["samovar_log_bytes_total", "brew"] == 300
    assert found["samovar_push_failures_total",] == 4
    assert found["samovar_run_seconds_count", "brew"] == 3
    assert found["samovar_run_seconds_bucket", "+Inf", "brew"] == 3
    assert 0 < found["samovar_run_seconds_sum", "brew"] < 60


def test_what_was_rolled_back_is_counted_the_next_time(client, counting):
    events.tell(RunMoved(uuid7(), "brew", state=RunState.SUCCEEDED))
    with transactions.write():
        counting.write()
        transaction.set_rollback(True)
    write(counting)
    assert figures(client)["samovar_runs_total", "brew", "succeeded"] == 1


@pytest.mark.parametrize("has_tally", [True, False])
def test_a_run_that_nobody_held_is_counted_once(client, make_run, request, has_tally):
    counts = request.getfixturevalue("counting") if has_tally else None
    assert cancel(make_run(job="brew"))
    if counts:
        write(counts)
    assert figures(client)["samovar_runs_total", "brew", "cancelled"] == 1


@pytest.mark.parametrize(
    ("seconds", "label"), [(0, "0.1"), (0.1, "0.1"), (0.11, "0.5"), (60, "60"), (1e6, "+Inf")]
)
def test_a_duration_belongs_to_the_first_bound_that_it_does_not_pass(seconds, label):
    assert bucket(seconds) == label


def test_the_history_costs_nothing(client, make_run, django_assert_max_num_queries):
    for number in range(50):
        Counter.grow(tally.RUNS, 1, job=f"job{number}", label="succeeded")
    with django_assert_max_num_queries(6):
        figures(client)


def test_on_a_closed_site_it_is_for_staff(client, settings):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
    assert problem(client.get("/metrics"), 401)["detail"]
    ann = User.objects.create_user("ann")
    client.force_login(ann)
    problem(client.get("/metrics"), 401)
    bob = User.objects.create_user("bob", is_staff=True)
    client.force_login(bob)
    assert client.get("/metrics").status_code == 200
    client.logout()
    _, text = BearerToken.issue(bob, "prometheus")
    headers = {"Authorization": f"Bearer {text}"}
    assert client.get("/metrics", headers=headers).status_code == 200
    problem(client.get("/metrics", headers={"Authorization": "Bearer no"}), 401)
