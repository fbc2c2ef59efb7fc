"""Two workers that see neither each other's locks nor each other's processes, as on two hosts: the
lease alone decides.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from samovar import brand
from tests.faults.tree import LONGEST_NAME, Process, marked
from tests.rig.site import ROOT, Site, made
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(180)]

LEASE = "3"
START_SECONDS = 60


@pytest.fixture
def site(postgresql: str, redis_server: str) -> Iterator[Site]:
    with made(
        DJANGO_SETTINGS_MODULE="tests.faults.project.settings",
        DATABASE_URL=postgresql,
        CELERY_BROKER_URL=redis_server,
        SAMOVAR_LEASE_SECONDS=LEASE,
    ) as site:
        yield site


@contextlib.contextmanager
def _host(site: Site, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker with locks and a space of process ids of its own."""
    alone = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("a space of process ids of its own needs root")
    command = [
        *alone,
        sys.executable,
        "-m",
        "celery",
        "-A",
        "config",
        "worker",
        "-n",
        f"{data.name}@%h",
    ]
    environ = site._environ() | {"SAMOVAR_DATA": str(data)}
    with (data.with_suffix(".log")).open("wb") as log:
        worker = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait(30)


def _worker_and_runner(data: Path) -> tuple[Process, Process]:
    tree = {process.pid: process for process in marked(f"SAMOVAR_DATA={data}")}
    [template] = [one for one in tree.values() if one.name == "samovar-template"[:LONGEST_NAME]]
    [daemon] = [one for one in tree.values() if one.name == "sleep"]
    return tree[template.parent], tree[daemon.parent]


def test_a_worker_that_was_stopped_too_long_writes_nothing_more(site, postgresql, tmp_path):
    with psycopg.connect(postgresql, autocommit=True) as ledger, contextlib.ExitStack() as hosts:

        def told(columns: str, table: str = "run", where: str = "true") -> tuple:
            return ledger.execute(
                f"SELECT {columns} FROM samovar_{table} WHERE {where}"
            ).fetchone()

        hosts.enter_context(_host(site, tmp_path / "first"))
        run = site.manage("samovar", "run", "long_haul", "--lines", "150", "--detach")
        wait_for(lambda: told("log_lines")[0] > 5, START_SECONDS, "the first attempt's lines")
        worker, runner = _worker_and_runner(tmp_path / "first")
        worker.kill(signal.SIGSTOP)
        hosts.enter_context(_host(site, tmp_path / "second"))
        wait_for(lambda: told("attempt")[0] == 2, START_SECONDS, "the second attempt")
        assert brand.is_alive(runner.pid)

        worker.kill(signal.SIGCONT)

        wait_for(lambda: not brand.is_alive(runner.pid), 5, "the end of the first attempt")
        wait_for(lambda: told("state")[0] == "succeeded", START_SECONDS, "success")
        assert told("count(*)", "attempt") == (2,)
        assert told("state", "attempt", "number = 1") == ("lost",)
    _assert_the_log_is_whole(site, run.stdout.strip())


def _assert_the_log_is_whole(site: Site, run: str) -> None:
    said = site.manage("samovar", "log", run, "--json").stdout
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["attempt"] for line in lines] == sorted(line["attempt"] for line in lines)
    for attempt in (1, 2):
        texts = [x["text"] for x in lines if (x["attempt"], x["stream"]) == (attempt, "stdout")]
        assert texts == [f"attempt {attempt} line {number}" for number in range(len(texts))]
    assert len(texts) == 150
