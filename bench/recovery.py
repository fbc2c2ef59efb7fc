"""From a kill to the run's next attempt: a runner, a worker's tree on this host, a host whose line
is cut.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg

from bench import rest
from bench.figures import Figure, milliseconds
from bench.site import REPOSITORY, environment, manage, running_site
from tests.faults.tree import marked
from tests.rig import netns
from tests.rig import postgresql as postgres
from tests.rig import redis as redis_rig
from tests.rig.cable import Cable
from tests.rig.ports import LOOPBACK

RUNNERS, WORKERS, HOSTS = 30, 10, 5
BEGIN_SECONDS = 60.0
REST_SECONDS = 10.5
"""After so long a worker's death is its first again, and it is started anew without a pause."""
LEASE_SECONDS = 10
ADDRESSES = ("DATABASE_URL", "CELERY_BROKER_URL")
SUBMIT = "from bench.jobs.tasks import phoenix; phoenix.submit(path={path!r})"


def measure() -> list[Figure]:
    """Kill, and time the way to the first line that the job writes in its next attempt."""
    runner, worker = _embedded()
    return [
        Figure("runner killed → runs again", milliseconds(runner, 0.99), "p99 ≤ 1,000 ms"),
        Figure("worker killed, same host → runs again", milliseconds(worker, 0.99), "≤ 2,000 ms"),
        Figure(
            "host cut off, lease 10 s → runs again", milliseconds(_hosts(), 0.99), "≤ 12,000 ms"
        ),
    ]


class Ashes:
    """The file in which the job says when each of its attempts began, and as which process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ashes"
        self.path.touch()

    def wait(self, number: int) -> tuple[float, int]:
        """Return when the attempt of this number began, and its process."""
        deadline = time.monotonic() + BEGIN_SECONDS
        while len(lines := self.path.read_text().splitlines()) < number:
            if time.monotonic() > deadline:
                raise SystemExit(f"Attempt {number} did not begin within {BEGIN_SECONDS:g} s.")
            time.sleep(0.005)
        at, pid = lines[number - 1].split()
        return float(at), int(pid)

    def time(self, number: int, kill: Callable[[int], None]) -> float:
        """Kill attempt `number`; return the seconds until the next began."""
        _, pid = self.wait(number)
        killed_at = time.time()
        kill(pid)
        return self.wait(number + 1)[0] - killed_at


def _embedded() -> tuple[list[float], list[float]]:
    with running_site("--noreload") as site:
        ashes = Ashes(site.data)
        rest.start(site.url, "phoenix", path=str(ashes.path))
        runners = [ashes.time(number, _kill) for number in range(1, RUNNERS + 1)]

        def kill_worker(_: int) -> None:
            [worker] = [p for p in marked(f"SAMOVAR_DATA={site.data}") if p.name == WORKER]
            _kill(worker.pid)

        workers = []
        for number in range(RUNNERS + 1, RUNNERS + WORKERS + 1):
            time.sleep(REST_SECONDS)
            workers.append(ashes.time(number, kill_worker))
    return runners, workers


WORKER = "samovar-worker"


def _hosts() -> list[float]:
    """Two workers that cannot see each other's locks, as on two hosts; the line to one is cut."""
    programs = postgres.binaries()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed: `make services` brings it.")
    times = []
    for _ in range(HOSTS):
        with ExitStack() as stack:
            times.append(_host(stack, stack.enter_context(postgres.cluster(programs))))
    return times


def _host(stack: ExitStack, database: str) -> float:
    broker = stack.enter_context(redis_rig.running())
    folders = [
        Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="samovar-bench-")))
        for _ in range(2)
    ]
    environs = [
        environment(
            folder,
            DATABASE_URL=database,
            CELERY_BROKER_URL=broker,
            SAMOVAR_LEASE_SECONDS=str(LEASE_SECONDS),
        )
        for folder in folders
    ]
    ashes = Ashes(folders[0])
    manage(environs[0], "migrate", "-v0")
    manage(environs[0], "shell", "-v0", "-c", SUBMIT.format(path=str(ashes.path)))
    host = stack.enter_context(netns.host())
    if host is None:
        raise SystemExit("A network of its own needs root and iproute2.")
    far = {name: _from(host, stack, environs[0][name]) for name in ADDRESSES}
    first = start_worker(environs[0] | far, *host.inside)
    stack.callback(first.wait)
    stack.callback(_kill_all, folders[0])
    ashes.wait(1)
    second = start_worker(environs[1])
    stack.callback(end_worker, second)
    wait_for_workers(database, 2)
    return ashes.time(1, lambda _: host.cut())


def _from(host: netns.Host, stack: ExitStack, url: str) -> str:
    """Return the URL at which `host` finds the server that is at `url` here."""
    port = urllib.parse.urlsplit(url).port or 0
    cable = Cable(port, host.address)
    stack.callback(cable.close)
    return url.replace(f"{LOOPBACK}:{port}", f"{host.address}:{cable.port}")


def start_worker(environ: dict[str, str], *inside: str) -> subprocess.Popen[bytes]:
    """Start a Celery worker, `inside` of something when a command line is given."""
    command = [*inside, sys.executable, "-m", "celery", "-A", "config", "worker", "-l", "warning"]
    return subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for_workers(database: str, count: int) -> None:
    """Wait until so many workers are in the ledger."""
    with psycopg.connect(database, autocommit=True) as ledger:
        deadline = time.monotonic() + BEGIN_SECONDS
        while ledger.execute("SELECT count(*) FROM samovar_worker").fetchone() != (count,):
            if time.monotonic() > deadline:
                raise SystemExit(f"There were no {count} workers within {BEGIN_SECONDS:g} s.")
            time.sleep(0.1)


def end_worker(worker: subprocess.Popen[bytes]) -> None:
    """Let a worker hand back what it holds, and wait for its end."""
    worker.send_signal(signal.SIGQUIT)
    worker.wait(30)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def _kill_all(data: Path) -> None:
    processes = marked(f"SAMOVAR_DATA={data}")
    for process in processes:
        process.kill(signal.SIGSTOP)
    for process in processes:
        process.kill()
