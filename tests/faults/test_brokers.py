"""Whatever becomes of the broker: submits go on, and each run is performed once."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.rig import brokers
from tests.rig import site as sites
from tests.rig.brokers import Broker
from tests.rig.ports import answers
from tests.rig.site import Site
from tests.rig.waiting import wait_for
from tests.rig.worker import Worker, running, started

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(240)]

SILENT_SECONDS = 60
NOTICE = 'data-notice="broker"'


@pytest.fixture(
    params=[
        pytest.param(brokers.redis_broker, id="redis"),
        pytest.param(brokers.rabbitmq_broker, id="rabbitmq", marks=pytest.mark.long),
    ]
)
def broker(request) -> Iterator[Broker]:
    with request.param() as broker:
        yield broker


@pytest.fixture
def site(broker) -> Iterator[Site]:
    with sites.made(CELERY_BROKER_URL=broker.url, SAMOVAR_STOP_GRACE_SECONDS="1") as site:
        yield site


def test_runs_outlive_everything_that_befalls_the_broker(site, broker):
    with started(site) as worker:
        site.start("--noreload", until=lambda: _get(site, "/healthz")[0] == 200)
        wait_for(lambda: _is_crewed(site), 60, "the crew")

        while_absent = _submit(site, 3)
        wait_for(lambda: NOTICE in _get(site, "/")[1], 20, "the notice")
        _all_succeed(site, while_absent)

        broker.start()
        worker.wait_until_ready()
        wait_for(lambda: _get(site, "/readyz")[0] == 200, 20, "a site that is ready")
        wait_for(lambda: NOTICE not in _get(site, "/")[1], 20, "the notice to go")
        _all_succeed(site, _submit(site, 3))

        with broker.frozen():
            while_frozen = _submit(site, 5)
            status, text = _get(site, "/readyz")
            assert (status, list(json.loads(text)["faults"])) == (503, ["broker"])
            wait_for(lambda: NOTICE in _get(site, "/")[1], 20, "the notice")
        _all_succeed(site, while_frozen)

        before = _submit(site, 4, seconds=1)
        broker.empty()
        _all_succeed(site, before)

        broker.kill()
        while_killed = _submit(site, 3)
        broker.start()
        _all_succeed(site, while_killed)
        _hears_messages_again(site, worker)


@pytest.mark.long
def test_a_minute_of_silence_loses_nothing(site, broker):
    """The broker holds all connections and answers nothing, longer than any timeout of ours."""
    broker.start()
    with running(site) as worker:
        site.start("--noreload")
        end = time.monotonic() + SILENT_SECONDS
        with broker.frozen():
            ids = _submit(site, 2)
            wait_for(lambda: NOTICE in _get(site, "/")[1], 20, "the notice")
            wait_for(lambda: _get(site, f"/runs/{ids[0]}/")[0] == 200, 20, "the run's page")
            while time.monotonic() < end:
                _all_succeed(site, _submit(site, 1))
        wait_for(lambda: NOTICE not in _get(site, "/")[1], 60, "the notice to go")
        _all_succeed(site, ids)
        _hears_messages_again(site, worker)


def test_a_worker_ends_while_its_broker_answers_nothing(site, broker):
    broker.start()
    with running(site) as worker:
        run = worker.run("my_task", "--duration", "60")
        wait_for(lambda: f"my_task[{run}] received" in worker.log, 20, "the start")
        with broker.frozen():
            worker.stop()
        assert worker.process.returncode == 0
        shown = json.loads(site.manage("samovar", "runs", "--json").stdout)
        assert [(one["state"], one["id"]) for one in shown] == [("queued", run)]


def _hears_messages_again(site: Site, worker: Worker) -> None:
    """Wait until `celery inspect` reaches the worker through the broker that came back."""
    wait_for(lambda: "pong" in worker.celery("inspect", "ping", "--timeout", "2"), 60, "a pong")
    worker.stop()
    assert worker.process.returncode == 0


def _is_crewed(site: Site) -> bool:
    return bool(_get(site, "/readyz")[0]) and "worker" not in _faults(site)


def _faults(site: Site) -> dict[str, str]:
    faults: dict[str, str] = json.loads(_get(site, "/readyz")[1])["faults"]
    return faults


def _submit(site: Site, count: int, *, seconds: int = 0) -> list[str]:
    """Ask for runs over REST; each is accepted, whatever the broker does."""
    body = json.dumps({"duration": seconds}).encode()
    url = f"{site.url}/api/v1/jobs/my_task/runs"
    ids = []
    for _ in range(count):
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 202
            ids.append(json.load(answer)["id"])
    return ids


def _all_succeed(site: Site, ids: list[str]) -> None:
    """Wait for the runs' ends; each has had one attempt."""
    for run in ids:
        wait_for(lambda run=run: _run(site, run)["state"] == "succeeded", 60, f"success of {run}")
        assert _run(site, run)["attempt"] == 1


def _run(site: Site, run: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(_get(site, f"/api/v1/runs/{run}")[1])
    return found


def _get(site: Site, path: str) -> tuple[int, str]:
    if not answers(site.port):
        return 0, ""
    try:
        with urllib.request.urlopen(f"{site.url}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
