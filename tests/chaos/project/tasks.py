"""Jobs of several characters; each says in the journal what it did."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time

from samovar import Cancelled, Retry, checkpoint, job, last_checkpoint, progress
from tests.chaos.project.witness import Witness, witness

PATIENT = 1000
"""Losses after which a run is given up that is lost again and again on purpose."""


@job(crashes=PATIENT)
def steps(lines: int, pause: float) -> int:
    """Print lines, with a pause after each."""
    with witness() as seen:
        _print(seen, lines, pause)
    return lines


@job
def fragile(lines: int, pause: float) -> int:
    """Do the same; the third loss is the last."""
    with witness() as seen:
        _print(seen, lines, pause)
    return lines


@job(crashes=PATIENT, retry=Retry(attempts=3, backoff=0.05))
def moody(lines: int, pause: float, until: int) -> int:
    """Print lines, then raise an error, unless `until` attempts have begun."""
    with witness() as seen:
        _print(seen, lines, pause)
        if seen.attempt < until:
            raise ValueError(f"not before attempt {until}")
    return lines


@job(crashes=PATIENT)
def littering(lines: int, pause: float) -> int:
    """Leave a daemon behind that holds the run's lock, then print lines."""
    with witness() as seen:
        subprocess.Popen(["sleep", "1000"], start_new_session=True, pass_fds=[seen.lock])
        _print(seen, lines, pause)
    return lines


@job(crashes=PATIENT)
def stubborn(lines: int, pause: float) -> int:
    """Print lines, and heed neither a cancel nor SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with witness() as seen:
        for number in range(lines):
            with contextlib.suppress(Cancelled):
                seen.print(number)
                time.sleep(pause)
    return lines


@job(crashes=PATIENT)
def resuming(lines: int, pause: float) -> int:
    """Go on from the last checkpoint; a step is in the journal before its checkpoint is given."""
    with witness() as seen:
        first = last_checkpoint(0)
        seen.say("resume", first)
        for number in range(first, lines):
            print(f"{seen.attempt} {number - first}", flush=True)
            seen.say("step", number)
            checkpoint(number + 1)
            time.sleep(pause)
    return lines


def _print(seen: Witness, lines: int, pause: float) -> None:
    for number in range(lines):
        seen.print(number)
        progress(number + 1, lines)
        time.sleep(pause)
