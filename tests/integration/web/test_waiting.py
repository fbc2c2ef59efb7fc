"""A run that waits says its place in the line, and what holds it up."""

from __future__ import annotations

import datetime as dt

import pytest

from samovar import clock
from samovar.exceptions import BrokerUnavailable
from samovar.models import Queue, Worker
from samovar.per_process import PerProcess
from samovar.runtime import broker, host
from tests.integration.web.conftest import Page
from tests.rig.waiting import wait_for

LONG_AGO = dt.timedelta(seconds=11)


@pytest.fixture
def worker(db):
    """Write a worker of another host with two slots, which knows the main job."""
    return Worker.objects.create(
        name="samovar@tea",
        host="tea",
        host_key="x",
        pid=1,
        slots=2,
        queues=["default"],
        jobs=["long_process"],
    )


class SilentBroker:
    """An engine whose broker is away."""

    def ping(self, _seconds):
        raise BrokerUnavailable("It is away.")

    def publish(self, _hint):
        raise BrokerUnavailable("It is away.")


silent_broker = SilentBroker()


def said(client, run) -> str:
    [words] = Page(client.get(f"/runs/{run.pk}/")).texts("div", class_="why")
    return words


def test_its_place_is_told(client, make_run, worker):
    make_run("queued")
    make_run("queued", priority=5, queue="other")
    before, run = make_run("queued", priority=1), make_run("queued")
    assert "It is next in line." in said(client, before)
    assert "2 runs are ahead of it." in said(client, run)


def test_in_russian(russian, make_run):
    for _ in range(2):
        make_run("queued")
    run = make_run("queued", created_at=clock.now() + dt.timedelta(seconds=1))
    assert "Перед ним 2 запуска" in said(russian, run)


def test_without_a_worker_the_command_comes_after_a_while(client, make_run):
    run = make_run("queued")
    assert "No worker has taken this yet." in said(client, run)
    assert "manage.py samovar worker" not in said(client, run)
    run.created_at = clock.now() - LONG_AGO
    run.save()
    assert "python manage.py samovar worker" in said(client, run)


@pytest.mark.parametrize("values", [{"queues": ["other"]}, {"is_stopping": True}])
def test_a_worker_that_does_not_listen_is_none(client, make_run, worker, values):
    Worker.objects.update(**values)
    assert "No worker has taken this yet." in said(client, make_run("queued"))


def test_a_dead_worker_is_none(client, make_run, worker):
    run = make_run("queued", created_at=clock.now() - LONG_AGO)
    assert "No worker has taken this yet" not in said(client, run)
    Worker.objects.update(host_key=host.host_key())
    assert "No worker has taken this yet" in said(client, run)


def test_a_paused_queue_is_named(client, make_run, worker):
    Queue.pause("default", now=clock.now())
    assert "The queue “default” is paused." in said(client, make_run("queued"))


def test_workers_that_do_not_know_the_job_are_told_of(client, make_run, worker):
    run = make_run("queued", job="tea_party")
    assert "No worker there knows the job tea_party." in said(client, run)
    Worker.objects.update(jobs=[])  # a worker of before says nothing about its jobs
    assert "knows the job" not in said(client, run)


def test_busy_slots_are_told_of(client, make_run, worker):
    for _ in range(2):
        make_run("running", worker=worker)
    assert "All slots of the workers are busy." in said(client, make_run("queued"))


def test_a_broker_that_is_away_is_told_of(client, make_run, worker, settings, monkeypatch):
    monkeypatch.setattr(broker, "watch", PerProcess(broker.Watch))
    settings.SAMOVAR = {
        **settings.SAMOVAR,
        "ENGINE": "tests.integration.web.test_waiting.silent_broker",
    }
    run = make_run("queued")
    assert "broker" not in said(client, run)
    run.created_at = clock.now() - LONG_AGO
    run.save()
    wait_for(lambda: "The broker does not answer." in said(client, run))
    assert 'data-notice="broker"' in client.get("/").content.decode()


def test_a_run_that_has_its_time_tells_it(client, make_run):
    at = clock.now() + dt.timedelta(hours=1)
    run = make_run("scheduled", available_at=at)
    page = Page(client.get(f"/runs/{run.pk}/"))
    assert page.attributes("time", datetime=clock.rfc3339(at))
    assert page.texts("div", class_="why")[0].startswith("It begins at")
    run = make_run("scheduled", available_at=at, failures=1, attempt=1)
    assert said(client, run).startswith("Attempt 1 failed. The next one begins at")
