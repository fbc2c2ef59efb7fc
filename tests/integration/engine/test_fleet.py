"""Several workers on one broker, each with queues and slots of its own."""

from __future__ import annotations

import socket
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from tests.rig import site as sites
from tests.rig.waiting import wait_for
from tests.rig.worker import CELERY, Worker, running

# Their site has a ledger of its own: once is enough.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SETTINGS = "tests.integration.engine.project.settings"
SELECT = "SELECT job, state FROM samovar_run"
SECONDS = 30
WORKER = (*CELERY, "worker", "-l", "info")


@pytest.fixture(params=[None, pytest.param("redis", marks=pytest.mark.long),
                        pytest.param("rabbitmq", marks=pytest.mark.long)])  # fmt: skip
def site(request):
    """Give a site on each broker, not started; None is the doorbell."""
    environ = {"DJANGO_SETTINGS_MODULE": SETTINGS, "SAMOVAR_STOP_GRACE_SECONDS": "1"}
    if request.param:
        environ["CELERY_BROKER_URL"] = request.getfixturevalue(f"{request.param}_server")
    with sites.made(**environ) as site:
        yield site


def ask(site: sites.Site, lingering: int, doubles: int) -> None:
    """Ask for so many runs of each job, by one process."""
    begin = f"""
from tests.integration.engine.project.tasks import double, linger
for _ in range({lingering}): linger.submit(seconds=300)
for number in range({doubles}): double.submit(number=number)
"""
    site.manage("shell", "--no-imports", "-c", begin)


def states(site: sites.Site) -> Counter[str]:
    """Count the runs by job and state, as they stand in the ledger."""
    with closing(sqlite3.connect(site.data / "db.sqlite3")) as ledger:
        return Counter(f"{job} {state}" for job, state in ledger.execute(SELECT))


def begun(worker: Worker) -> int:
    """Return how many runs of `linger` the worker has begun."""
    return worker.log.count("Task linger[")


def test_each_takes_the_queues_and_as_many_runs_as_it_was_told(site):
    ask(site, lingering=4, doubles=1)
    with running(site, "-Q", "samovar.slow", "-c", "3", "-n", "slow@%h", command=WORKER) as slow:
        wait_for(lambda: begun(slow) == 3, SECONDS, "as many runs as there are slots")
        assert states(site) == {"linger running": 3, "linger queued": 1, "double queued": 1}

        with running(
            site, "-Q", "samovar.default", "-c", "1", "-n", "fast@%h", command=WORKER
        ) as fast:
            wait_for(lambda: states(site)["double succeeded"], SECONDS, "the other queue")
            assert "Task double[" in fast.log
            assert states(site)["linger queued"] == 1
            names = ",".join(f"{name}@{socket.gethostname()}" for name in ("slow", "fast"))
            told = fast.celery("status", "--destination", names, "--timeout", str(SECONDS))
            assert "2 nodes online" in told
            assert "slow@" in told
            assert "fast@" in told


def test_two_share_a_queue_and_each_run_is_had_by_one(site):
    with (
        running(site, "-c", "2", "-n", "one@%h", command=WORKER) as one,
        running(site, "-c", "2", "-n", "two@%h", command=WORKER) as two,
    ):
        ask(site, lingering=5, doubles=0)
        wait_for(lambda: begun(one) == begun(two) == 2, SECONDS, "two runs for each")
        assert states(site) == {"linger running": 4, "linger queued": 1}
        two.stop()
        assert two.process.returncode == 0
        assert states(site) == {"linger running": 2, "linger queued": 3}
