"""Jobs that do nothing but what is measured."""

from __future__ import annotations

import time

from samovar import job


@job
def noop() -> None:
    """Do nothing."""


@job
def first_line() -> None:
    """Print the instant at which the job's code began."""
    print(time.time())


@job
def flood(lines: int) -> None:
    """Print many short lines."""
    for number in range(lines):
        print("line", number)


@job
def ticker(lines: int, pause: float) -> None:
    """Print the time again and again."""
    for _ in range(lines):
        print(f"tick {time.time()}")
        time.sleep(pause)
