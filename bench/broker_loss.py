"""From the loss of what the broker held, or of the line to it, to the end of all runs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
import redis

from bench.figures import Figure, milliseconds
from bench.recovery import end_worker, start_worker, wait_for_workers
from bench.site import environment, manage
from tests.rig import postgresql as postgres
from tests.rig import redis as redis_rig
from tests.rig.cable import Cable
from tests.rig.ports import LOOPBACK

TIMES = 3
RUNS, FEW = 1000, 20
END_SECONDS = 120.0
SUBMIT = "from bench.jobs.tasks import noop; noop.submit_many([{{}}] * {count})"
PAUSE = "INSERT INTO samovar_queue (name, paused_at) VALUES ('default', now())"
BEGUN = "SELECT count(*) FROM samovar_run WHERE state IN ('running', 'succeeded')"


class Stack:
    """PostgreSQL, a Redis behind a cable, and one worker."""

    def __init__(self, stack: ExitStack) -> None:
        programs = postgres.binaries()
        if programs is None:
            raise SystemExit("PostgreSQL is not installed: `make services` brings it.")
        database = stack.enter_context(postgres.cluster(programs))
        url = stack.enter_context(redis_rig.running())
        self.broker = stack.enter_context(redis.Redis.from_url(url))
        self.cable = Cable(int(url.rpartition(":")[2].partition("/")[0]))
        stack.callback(self.cable.close)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="samovar-bench-"))
        self._environ = environment(
            Path(folder),
            DATABASE_URL=database,
            CELERY_BROKER_URL=f"redis://{LOOPBACK}:{self.cable.port}/0",
        )
        manage(self._environ, "migrate", "-v0")
        self.ledger = stack.enter_context(psycopg.connect(database, autocommit=True))
        stack.callback(end_worker, start_worker(self._environ))
        wait_for_workers(database, 1)

    def submit(self, count: int) -> None:
        """Submit so many runs."""
        manage(self._environ, "shell", "-v0", "-c", SUBMIT.format(count=count))

    def wait(self, count: int) -> None:
        """Wait until so many runs have begun or succeeded."""
        deadline = time.monotonic() + END_SECONDS
        while self.ledger.execute(BEGUN).fetchone() != (count,):
            if time.monotonic() > deadline:
                raise SystemExit(f"{count} runs had not begun after {END_SECONDS:g} s.")
            time.sleep(0.01)


def measure() -> list[Figure]:
    """Take the messages away, or let the line go deaf; time the way to the last run's begin."""
    return [
        _figure(f"broker wiped, {RUNS:,} queued → all begun", _wiped, "≤ 10,000 ms"),
        _figure(f"line to the broker deaf → {FEW} runs begun", _deaf, "≤ 15,000 ms"),
    ]


def _figure(name: str, trial: Callable[[Stack], float], goal: str) -> Figure:
    times = []
    for _ in range(TIMES):
        with ExitStack() as stack:
            times.append(trial(Stack(stack)))
    return Figure(name, milliseconds(times, 1.0), goal)


def _wiped(stack: Stack) -> float:
    """All slots rest when the messages go, so none takes the next run by itself."""
    stack.ledger.execute(PAUSE)
    stack.submit(RUNS)
    stack.broker.flushall()
    began = time.monotonic()
    stack.ledger.execute("UPDATE samovar_queue SET paused_at = NULL")
    stack.wait(RUNS)
    return time.monotonic() - began


def _deaf(stack: Stack) -> float:
    stack.submit(FEW)
    stack.wait(FEW)
    stack.cable.deafen()
    began = time.monotonic()
    stack.submit(FEW)
    stack.wait(2 * FEW)
    return time.monotonic() - began
