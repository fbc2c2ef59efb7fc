"""What the broker held is gone, or comes again: each run is performed, and once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
import redis

from tests.rig.cable import Cable
from tests.rig.ports import LOOPBACK
from tests.rig.site import Site, made
from tests.rig.waiting import wait_for
from tests.rig.worker import CELERY, Worker, running, started

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(240)]

WORKER = (*CELERY, "worker", "-l", "info")
SUBMIT = """
from samovar.jobs import registry
registry.get("my_task").submit_many([{{"duration": 0}}] * {count})
"""


@pytest.fixture
def broker(redis_server) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
        yield client
        client.flushall()


@pytest.fixture
def site(redis_server) -> Iterator[Site]:
    with made(CELERY_BROKER_URL=redis_server, SAMOVAR_SLOTS="4") as site:
        yield site


def ask(site: Site, query: str) -> list[tuple]:
    """Return what the site's ledger answers."""
    path = site.data / "db.sqlite3"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20) as ledger:
        return ledger.execute(query).fetchall()


def submit(site: Site, count: int) -> None:
    site.manage("shell", "-v", "0", "-c", SUBMIT.format(count=count))


def all_succeed_at_once(site: Site, count: int, deadline: float = 60) -> None:
    """Wait for so many successes; none of them took a second attempt."""
    done = "SELECT count(*) FROM samovar_run WHERE state = 'succeeded'"
    wait_for(lambda: ask(site, done) == [(count,)], deadline, f"{count} successes")
    assert ask(site, "SELECT number, count(*) FROM samovar_attempt GROUP BY 1") == [(1, count)]


def test_a_broker_is_wiped_with_a_thousand_runs_queued(site, broker):
    """No message is left, and no slot is busy that would go on with the next by itself."""
    with running(site, command=WORKER):
        site.manage("samovar", "queues", "pause", "default")
        submit(site, 1000)
        broker.flushall()
        site.manage("samovar", "queues", "resume", "default")
        all_succeed_at_once(site, 1000)


@pytest.mark.long
def test_a_worker_s_line_to_the_broker_goes_deaf(site, broker, redis_server):
    cable = Cable(int(redis_server.rpartition(":")[2].partition("/")[0]))
    site.environ["CELERY_BROKER_URL"] = f"redis://{LOOPBACK}:{cable.port}/0"
    try:
        with running(site, command=WORKER) as worker:
            submit(site, 5)
            all_succeed_at_once(site, 5)
            assert cable.deafen()
            submit(site, 5)
            all_succeed_at_once(site, 10)
            hears_again(worker)
    finally:
        cable.close()


def hears_again(worker: Worker) -> None:
    wait_for(lambda: "pong" in worker.celery("inspect", "ping", "--timeout", "2"), 60, "a pong")


@pytest.mark.parametrize(
    ("visible", "seconds"),
    [
        pytest.param(2, 12, id="2 s"),
        pytest.param(10, 150, id="10 s", marks=[pytest.mark.long, pytest.mark.timeout(400)]),
    ],
)
def test_a_job_outlives_the_time_after_which_redis_delivers_again(site, broker, visible, seconds):
    """A worker that holds messages which it has not acknowledged gets them again meanwhile."""
    site.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.faults.project.redis_settings",
        "VISIBLE_SECONDS": str(visible),
        "SAMOVAR_SLOTS": "1",
    }
    with started(site, command=WORKER) as worker, started(site, command=WORKER) as other:
        for one in (worker, other):
            one.wait_until_ready()
        for _ in range(2):
            worker.run("my_task", "--duration", str(seconds))
        submit(site, 3)
        all_succeed_at_once(site, 5, seconds + 60)
