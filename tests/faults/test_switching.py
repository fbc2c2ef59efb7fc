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
BUSY = """
from showcase.tasks import long_process, my_task
runs = [long_process.submit(num_seconds=8) for _ in range(2)]
runs += [my_task.submit(duration=0) for _ in range(3)]
print(*(run.id for run in runs))
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
def test_what_a_busy_worker_leaves_behind_goes_on_with_any_other_broker(
    site, redis_server, rabbitmq_server
):
    """Some runs have begun, some wait, and each goes on where no message of it ever came."""
    way = [None, rabbitmq_server, None, redis_server, rabbitmq_server]
    for before, after in itertools.pairwise(way):
        _use(site, before)
        runs = site.manage("shell", "-c", BUSY).stdout.split()[-5:]
        with running(site) as worker:
            for run in runs[:2]:
                wait_for(lambda run=run, log=worker: f"[{run}] received" in log.log, 30, run)
            _stop(worker)
            assert "succeeded" not in worker.log
        _use(site, after)
        with running(site) as worker:
            for run in runs:
                wait_for(lambda run=run, log=worker: f"[{run}] succeeded" in log.log, 60, run)
            _stop(worker)
    told = json.loads(site.manage("samovar", "runs", "--json").stdout)
    assert {run["state"] for run in told} == {"succeeded"}


@pytest.mark.long
def test_an_embedded_site_goes_on_as_a_full_one(postgresql, redis_server, rabbitmq_server):
    """History, addresses, files and what waits, from SQLite and its doorbell to PostgreSQL."""
    with sites.made(SAMOVAR_OPEN="1", SAMOVAR_STOP_GRACE_SECONDS="2") as site:
        site.start("--noreload")
        done = [_submitted(site, "my_task", duration=0), _submitted(site, "count_users")]
        for run in done:
            wait_for(lambda run=run: _get(site, f"runs/{run}")["finished_at"], 60, run)
        before = [_shown(site, run) for run in done]
        begun = [_submitted(site, "long_process", num_seconds=4) for _ in range(3)]
        site.stop()

        site.environ["DATABASE_URL"] = postgresql
        site.manage("migrate", "--verbosity", "0")
        site.manage("samovar", "move", "--from", str(site.data))
        for broker in (redis_server, rabbitmq_server):
            _use(site, broker)
            with _web(site), running(site) as worker:
                wait_for(lambda: answers(site.port), 60, "the site to answer")
                assert [_shown(site, run) for run in done] == before
                begun.append(_submitted(site, "long_process", num_seconds=4))
                wait_for(lambda log=worker: " succeeded in " in log.log, 60, "a success")
                _stop(worker)
        with _web(site), running(site):
            wait_for(lambda: answers(site.port), 60, "the site to answer")
            wait_for(lambda: _left(site) == 0, 60, "all runs' ends")
            for run in begun:
                _is_whole(site, run, seconds=4)


@pytest.mark.long
@pytest.mark.timeout(1800)
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


def _is_whole(site: Site, run: str, seconds: int = 1) -> None:
    """Check that a run was performed without a fault, and that its log has no gap."""
    attempts = _get(site, f"runs/{run}/attempts")
    lines = _get(site, f"runs/{run}/log?limit=1000")["lines"]
    said = [line for line in lines if line["stream"] == "stdout"]

    assert _get(site, f"runs/{run}")["state"] == "succeeded"
    assert {attempt["state"] for attempt in attempts} <= {"released", "succeeded"}
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
    assert said[-1]["attempt"] == len(attempts)
    assert said[-1]["text"] == f"Running for {seconds - 1} seconds..."


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


def _submitted(site: Site, job: str, **params: object) -> str:
    """Ask for a run over REST, and return its id."""
    request = urllib.request.Request(
        f"{site.url}/api/v1/jobs/{job}/runs",
        json.dumps(params).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["id"])


def _shown(site: Site, run: str) -> list[Any]:
    """Return what stays of a run: itself, its lines, attempts and files, and its address."""
    parts = [_get(site, f"runs/{run}{part}") for part in ("", "/log", "/attempts", "/artifacts")]
    assert _read(site, f"/runs/{run}/")
    return [*parts, *(_read(site, file["url"]) for file in parts[-1])]


def _read(site: Site, path: str) -> bytes:
    with urllib.request.urlopen(site.url + path, timeout=10) as answer:
        return bytes(answer.read())


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
