"""Jobs that say how far they are, and go on from there."""

from __future__ import annotations

import logging
import os
import signal
import time
from typing import Any

from samovar import checkpoint, current_run, job, last_checkpoint, progress, track

logger = logging.getLogger("tests.jobs")


@job
def step_by_step() -> str:
    for n in track(range(4)):
        print(n)
    progress(3, 10, "third\0")
    checkpoint({"at": 3})
    print("told", flush=True)
    run = current_run()
    return f"{run.job} {run.attempt}/{run.max_attempts} {last_checkpoint()}"


@job
def walk(steps: int = 6, stop_at: int = 0) -> str:
    """Kill its own runner in the step `stop_at`."""
    seen = []
    for n in track(range(1, steps + 1), resume=True):
        if n == stop_at:
            os.kill(os.getpid(), signal.SIGKILL)
        seen.append(n)
    return f"{seen}"


@job(resumable=True)
def walk_on() -> None:
    for n in track(range(1000), resume=True):
        checkpoint(n)
        print("step", n, flush=True)
        time.sleep(0.02)


@job(resumable=True)
def count_on() -> None:
    for n in range(1000):
        print("count", n, flush=True)
        time.sleep(0.02)
        checkpoint(n)


@job
def remember() -> Any:
    return last_checkpoint()


@job
def report_fast(calls: int) -> None:
    for n in range(calls):
        progress(n, calls)
    progress(calls, calls, "all")


@job
def spin_checkpoints(calls: int) -> None:
    for n in range(calls):
        checkpoint({"n": n})


@job
def spin_checkpoints_for_ever() -> None:
    print("waiting", flush=True)
    while True:
        checkpoint({"n": 0})


@job
def interrupted_writes() -> int:
    """Write without a pause until cancelled."""
    n = 0
    print("waiting", flush=True)
    while True:
        logger.info("line %d %s", n, "x" * 300)
        checkpoint({"n": n})
        n += 1
