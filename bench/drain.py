"""No-op runs drained per second on PostgreSQL and Redis, beside plain Celery in the same run."""

from __future__ import annotations

import contextlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis

from bench.figures import Figure
from bench.site import REPOSITORY, environment, manage
from tests.rig import postgresql as postgres
from tests.rig import redis as redis_rig

RUNS = 4000
ROUNDS = 3
STOP_SECONDS = 30
DEADLINE_SECONDS = 300

SUBMIT = """
import time
from bench.jobs.tasks import noop
from samovar.runtime.submit import submit_many
began = time.perf_counter()
submit_many(noop, [{}] * %d)
print(time.perf_counter() - began)
"""
LOOK_SECONDS = 0.05
"""Between two looks at what is left: the looks of both sides cost next to nothing."""
LEFT = """
SELECT count(*) FILTER (WHERE state <> 'succeeded'),
    extract(epoch FROM max(finished_at) - min(started_at))
FROM samovar_run
"""


def measure() -> list[Figure]:
    """Fill the queue, start one worker of two slots (two processes), and time the way to empty."""
    programs = postgres.binaries()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed: `make services` brings it.")
    ours, peers, bulk = [], [], []
    for _ in range(ROUNDS):
        with redis_rig.running() as broker:
            peers.append(_drain_peer(broker))
        with (
            postgres.cluster(programs) as database,
            redis_rig.running() as broker,
            tempfile.TemporaryDirectory(prefix="samovar-bench-") as folder,
        ):
            environ = environment(
                Path(folder), DATABASE_URL=database, CELERY_BROKER_URL=broker, SAMOVAR_SLOTS="2"
            )
            manage(environ, "migrate", "-v0")
            bulk.append(RUNS / float(manage(environ, "shell", "-v0", "-c", SUBMIT % RUNS)))
            ours.append(_drain_ours(environ))
    ratio = statistics.median(a / b for a, b in zip(ours, peers, strict=True))
    return [
        Figure(
            "submit in bulk on PostgreSQL, runs/s", f"{statistics.median(bulk):,.0f}", "≥ 20,000"
        ),
        Figure("drained, PostgreSQL + Redis, runs/s", f"{statistics.median(ours):,.0f}"),
        Figure("Celery prefork, results ignored, tasks/s", f"{statistics.median(peers):,.0f}"),
        Figure("ratio", f"{ratio:.2f}", "≥ 1.5"),
    ]


@contextlib.contextmanager
def _worker(app: str, environ: dict[str, str], *options: str) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", app, "worker", "-l", "warning", *options]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _drain_ours(environ: dict[str, str]) -> float:
    deadline = time.monotonic() + DEADLINE_SECONDS
    database = psycopg.connect(environ["DATABASE_URL"], autocommit=True)
    with database as ledger, _worker("config", environ):
        while time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            waiting, seconds = ledger.execute(LEFT).fetchone() or (RUNS, 0)
            if not waiting:
                return RUNS / float(seconds)
    raise SystemExit(f"{waiting} of {RUNS} runs still wait after {DEADLINE_SECONDS} s.")


def _drain_peer(broker: str) -> float:
    environ = environment(Path(tempfile.gettempdir()), PEER_BROKER=broker)
    publish = f"from bench.peer.prefork import noop\nfor _ in range({RUNS}): noop.delay()"
    subprocess.run([sys.executable, "-c", publish], cwd=REPOSITORY, env=environ, check=True)
    queue = redis.Redis.from_url(broker)
    with _worker("bench.peer.prefork", environ, "-c", "2", "-P", "prefork"):
        while queue.llen("celery") == RUNS:
            time.sleep(0.002)
        began = time.perf_counter()
        while queue.llen("celery") or queue.hlen("unacked"):
            time.sleep(LOOK_SECONDS)
        return RUNS / (time.perf_counter() - began)
