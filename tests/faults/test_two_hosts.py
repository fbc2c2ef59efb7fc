"""Two workers that see neither each other's locks nor each other's processes, as on two hosts: the
lease alone decides. One is stopped, or the line to it is cut.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from samovar import brand
from tests.faults.tree import LONGEST_NAME, Process, marked
from tests.rig import netns
from tests.rig.cable import Cable
from tests.rig.netns import Host
from tests.rig.ports import LOOPBACK
from tests.rig.site import ROOT, Site, made
from tests.rig.waiting import wait_for
from tests.rig.worker import CELERY

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(180)]

LEASE = "3"
START_SECONDS = 60
LINES = 500
"""More than another host needs to start while the machine is busy."""
ALONE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
"""A space of process ids of its own."""
ADDRESSES = ("DATABASE_URL", "CELERY_BROKER_URL")


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
def _host(
    site: Site, data: Path, *inside: str, **environ: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker with locks and a space of process ids of its own, `inside` of something."""
    if subprocess.run([*ALONE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("a space of process ids of its own needs root")
    worker = [sys.executable, *CELERY, "worker", "-n", f"{data.name}@%h"]
    command = [*inside, *ALONE, *worker]
    environ = site._environ() | {"SAMOVAR_DATA": str(data)} | environ
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


@pytest.fixture
def told(postgresql) -> Iterator[Callable[..., tuple]]:
    """Give the way to ask the ledger about the one run."""
    with psycopg.connect(postgresql, autocommit=True) as ledger:

        def ask(columns: str, table: str = "run", where: str = "true") -> tuple:
            return ledger.execute(
                f"SELECT {columns} FROM samovar_{table} WHERE {where}"
            ).fetchone()

        yield ask


def _begin(site: Site, told: Callable[..., tuple]) -> str:
    """Submit the run, and return its id when it has printed."""
    job = ("samovar", "run", "long_haul", "--lines", str(LINES), "--detach")
    run = site.manage(*job).stdout.strip()
    wait_for(lambda: told("log_lines")[0] > 5, START_SECONDS, "the first attempt's lines")
    return run


def test_a_worker_that_was_stopped_too_long_writes_nothing_more(site, told, tmp_path):
    with contextlib.ExitStack() as hosts:
        hosts.enter_context(_host(site, tmp_path / "first"))
        run = _begin(site, told)
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
    _assert_the_log_is_whole(site, run)


def test_a_host_whose_line_is_cut_has_ended_its_run_before_another_begins(site, told, tmp_path):
    with contextlib.ExitStack() as hosts:
        host = hosts.enter_context(netns.host())
        if host is None:
            pytest.skip("a network of its own needs root and iproute2")
        far = {name: _from(host, hosts, site.environ[name]) for name in ADDRESSES}
        hosts.enter_context(_host(site, tmp_path / "first", *host.inside, **far))
        run = _begin(site, told)
        _, runner = _worker_and_runner(tmp_path / "first")
        hosts.enter_context(_host(site, tmp_path / "second"))
        wait_for(lambda: told("count(*)", "worker") == (2,), START_SECONDS, "both workers")

        host.cut()

        wait_for(lambda: told("attempt")[0] == 2, START_SECONDS, "the second attempt")
        assert not brand.is_alive(runner.pid)
        wait_for(lambda: told("state")[0] == "succeeded", START_SECONDS, "success")
        assert told("state", "attempt", "number = 1") == ("lost",)
    _assert_the_log_is_whole(site, run)


def _from(host: Host, hosts: contextlib.ExitStack, url: str) -> str:
    """Return the URL at which `host` finds the server that is at `url` here."""
    port = urllib.parse.urlsplit(url).port
    cable = Cable(port, host.address)
    hosts.callback(cable.close)
    return url.replace(f"{LOOPBACK}:{port}", f"{host.address}:{cable.port}")


def _assert_the_log_is_whole(site: Site, run: str) -> None:
    said = site.manage("samovar", "log", run, "--json").stdout
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["attempt"] for line in lines] == sorted(line["attempt"] for line in lines)
    for attempt in (1, 2):
        texts = [x["text"] for x in lines if (x["attempt"], x["stream"]) == (attempt, "stdout")]
        assert texts == [f"attempt {attempt} line {number}" for number in range(len(texts))]
    assert len(texts) == LINES
