"""What waits survives a change of the broker, and restarts of everything while it passes."""

from __future__ import annotations

import contextlib
import itertools
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.rig import site as sites
from tests.rig.ports import answers
from tests.rig.site import ROOT, STOP_SECONDS, Site
from tests.rig.waiting import wait_for
from tests.rig.worker import Worker, running, started

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

SUBMIT = """
from showcase.tasks import long_process
for _ in range({count}): long_process.submit(num_seconds=1)
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def site(request) -> Iterator[Site]:
    environ = {}
    if request.param == "postgresql":
        environ["DATABASE_URL"] = request.getfixturevalue("postgresql")
    with sites.made(SAMOVAR_STOP_GRACE_SECONDS="2", **environ) as site:
        yield site


def test_what_waits_survives_a_change_of_the_broker(site, redis_server, rabbitmq_server):
    """Messages stay behind in the old broker; the ledger has the runs."""
    for before, after in itertools.pairwise([None, redis_server, rabbitmq_server, None]):
        _use(site, before)
        run = site.manage("samovar", "run", "my_task", "--duration", "0", "--detach")
        _use(site, after)
        with running(site) as worker:
            done = f"my_task[{run.stdout.strip()}] succeeded"
            wait_for(lambda worker=worker, done=done: done in worker.log, 60, done)
            worker.stop()
    told = json.loads(site.manage("samovar", "runs", "--json").stdout)
    assert [(run["state"], run["attempt"]) for run in told] == [("succeeded", 1)] * 3


@pytest.mark.long
@pytest.mark.parametrize(
    ("count", "restarts"), [pytest.param(60, 4, id="some"), pytest.param(500, 24, id="all")]
)
def test_nothing_is_lost_while_everything_is_restarted(site, redis_server, count, restarts):
    _use(site, redis_server)
    site.manage("shell", "-c", SUBMIT.format(count=count))
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(running(site)) for _ in range(2)]
        for _ in range(restarts):
            with _web(site) as web:
                wait_for(lambda: answers(site.port), 60, "the site to answer")
                _watch(site)
                workers.append(stack.enter_context(started(site)))
                _stop(workers.pop(0))
                web.send_signal(signal.SIGTERM)
                # uvicorn ends its work, and then itself by the signal that it got.
                assert web.wait(STOP_SECONDS) == -signal.SIGTERM
            workers[-1].wait_until_ready()
        with _web(site):
            wait_for(lambda: answers(site.port), 60, "the site to answer")
            ids = [run["id"] for run in _all(site)]
            wait_for(lambda: _left(site) == 0, 300, "all runs' ends")
            assert len(ids) == count
            for run in ids:
                _is_whole(site, run)


def _stop(worker: Worker) -> None:
    """Stop a worker as a deployment does."""
    worker.stop()
    assert worker.process.returncode == 0


def _is_whole(site: Site, run: str) -> None:
    """Check that a run was performed without a fault, and that its log has no gap."""
    attempts = _get(site, f"runs/{run}/attempts")
    lines = _get(site, f"runs/{run}/log?limit=1000")["lines"]
    said = [line for line in lines if line["stream"] == "stdout"]

    assert _get(site, f"runs/{run}")["state"] == "succeeded"
    assert {attempt["state"] for attempt in attempts} <= {"released", "succeeded"}
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
    assert said[-1]["attempt"] == len(attempts)
    assert said[-1]["text"] == "Running for 0 seconds..."


@contextlib.contextmanager
def _web(site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """Serve as in production."""
    command = ["-m", "uvicorn", "config.asgi:application", "--port", str(site.port)]
    with (site.data / "web.log").open("ab") as log:
        web = subprocess.Popen(
            [sys.executable, *command, "--timeout-graceful-shutdown", "5"],
            cwd=ROOT,
            env=site._environ() | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'demo'}"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield web
    finally:
        if web.poll() is None:
            web.kill()
            web.wait(STOP_SECONDS)


def _watch(site: Site) -> None:
    """Begin to follow a run, and leave the connection open until the collector takes it."""
    run = _get(site, "runs")["items"][0]["id"]
    with contextlib.suppress(TimeoutError):
        urllib.request.urlopen(f"{site.url}/api/v1/runs/{run}/events", timeout=2).read(1)


def _all(site: Site) -> Iterator[dict[str, Any]]:
    cursor = ""
    while cursor is not None:
        page = _get(site, f"runs?cursor={cursor}" if cursor else "runs")
        yield from page["items"]
        cursor = page["next"]


def _left(site: Site) -> int:
    return sum(len(_get(site, f"runs?state={state}")["items"]) for state in ("queued", "running"))


def _get(site: Site, path: str) -> Any:
    with urllib.request.urlopen(f"{site.url}/api/v1/{path}", timeout=10) as answer:
        return json.load(answer)


def _use(site: Site, broker: str | None) -> None:
    """Let the site's processes have this broker from now on, or the doorbell."""
    site.environ["CELERY_BROKER_URL"] = broker or ""
    site.environ["SAMOVAR_OPEN"] = "1"
