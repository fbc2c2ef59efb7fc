"""Jobs that wait until all viewers are there: until the file `gate` exists."""

from __future__ import annotations

from pathlib import Path
from time import sleep

from samovar import job, track


@job
def talk(gate: str, lines: int, pause: float = 0.0) -> int:
    """Print so many lines."""
    _wait_for(gate)
    for number in track(range(lines)):
        print(f"line {number} of the talk")
        sleep(pause)
    return lines


@job
def linger(gate: str) -> None:
    """Say one line, and stay."""
    _wait_for(gate)
    print("here I am")
    sleep(600)


def _wait_for(gate: str) -> None:
    while not Path(gate).exists():
        sleep(0.01)
