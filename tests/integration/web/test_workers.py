"""Workers, queues, help and health."""

from __future__ import annotations

import datetime as dt

import pytest

from samovar import clock
from samovar.models import Queue, Worker
from samovar.runtime import host
from samovar.runtime.living import living
from tests.integration.web.conftest import Page


@pytest.fixture
def worker(db):
    return Worker.objects.create(
        name="samovar@tea", host="tea", host_key="x", pid=1, slots=2, queues=["default"]
    )


def _row(client, word: str) -> str:
    [row] = [text for text in Page(client.get("/workers/")).texts("tr") if word in text]
    return row


def test_a_queue_shows_its_depth_and_its_oldest_wait(client, make_run):
    make_run("queued", created_at=clock.now() - dt.timedelta(seconds=90))
    make_run("queued")
    assert _row(client, "default").startswith("default 2 1 min 3")


def test_a_queue_is_paused_and_resumed(client):
    assert client.post("/queues/default/pause/")["Location"] == "/workers/"
    assert Queue.paused() == ["default"]
    assert "Resume" in Page(client.get("/workers/")).texts("button")
    client.post("/queues/default/resumption/")
    assert Queue.paused() == []


def test_workers_show_what_they_run(client, make_run, worker):
    run = make_run("running", worker=worker)
    response = client.get("/workers/")
    assert "samovar@tea" in response.content.decode()
    assert f"/runs/{run.pk}/" in Page(response).links()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "working tea 1/2"),
        ({"is_stopping": True}, "stopping tea 1/2"),
        ({"seen_at": clock.now() - dt.timedelta(hours=1)}, "silent last seen"),
    ],
)
def test_a_worker_says_what_it_is_up_to(client, make_run, worker, changes, said):
    assert _row(client, "samovar@tea").startswith("samovar@tea idle tea 0/2")
    make_run("running", worker=worker)
    Worker.objects.update(version="1.2", **changes)
    row = _row(client, "samovar@tea")
    assert row.startswith(f"samovar@tea {said}")
    assert row.endswith(" 1.2")


def test_no_worker_comes_with_the_command(client):
    assert "manage.py samovar worker" in client.get("/workers/").content.decode()


def test_flower_is_linked_where_it_is(client, settings):
    assert "Flower" not in client.get("/workers/").content.decode()
    settings.SAMOVAR = {**settings.SAMOVAR, "FLOWER_URL": "http://localhost:5555"}
    assert "http://localhost:5555" in Page(client.get("/workers/")).links()


def test_only_staff_operates_a_closed_site(client, settings, django_user_model):
    settings.SAMOVAR = {**settings.SAMOVAR, "OPEN": False}
    client.force_login(django_user_model.objects.create_user("anna"))
    assert client.get("/workers/").status_code == 403
    assert client.post("/queues/default/pause/").status_code == 403
    assert Queue.paused() == []


def test_help_explains_every_state(client):
    assert len(Page(client.get("/help/")).texts("dd")) == 7


def test_the_web_process_answers(client):
    assert client.get("/healthz").status_code == 200


def test_not_ready_without_a_worker(client):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "worker" in response.json()["faults"]
    assert "database" not in response.json()["faults"]


def test_a_worker_that_was_not_seen_for_a_lease_is_none(client, worker):
    Worker.objects.update(seen_at=clock.now() - dt.timedelta(minutes=5))
    assert "worker" in client.get("/readyz").json()["faults"]


def test_a_worker_lives_while_its_lock_is_held_or_its_beat_is_fresh(worker):
    assert living() == [worker]
    here = Worker.objects.create(name="here", host="tea", host_key=host.host_key(), pid=2, slots=2)
    assert living() == [worker]
    lock = host.hold(here.pk)
    assert living() == [worker, here]
    host.leave(here.pk, lock)
    Worker.objects.update(seen_at=clock.now() - dt.timedelta(hours=1))
    assert living() == []


def test_a_dead_worker_is_none(client, worker):
    Worker.objects.update(host_key=host.host_key())
    assert client.get("/readyz").json()["faults"].keys() >= {"worker"}
