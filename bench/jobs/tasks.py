"""Jobs that do nothing but what is measured."""

from __future__ import annotations

import os
import time
from pathlib import Path

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


@job(crashes=1000)
def phoenix(path: str) -> None:
    """Say when the attempt began and as which process, then do nothing for long."""
    with Path(path).open("a", encoding="utf-8") as ashes:
        print(time.time(), os.getpid(), file=ashes)
    time.sleep(1000)


@job
def gated_ticker(gate: str, lines: int, pause: float) -> None:
    """Print the time again and again, once the file `gate` is there."""
    while not Path(gate).exists():
        time.sleep(0.01)
    for _ in range(lines):
        print(f"tick {time.time()}")
        time.sleep(pause)
