"""Jobs that give back what they are given, by every way to the page."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
from time import sleep

from samovar import Retry, current_run, job, progress


@job
def echo(text: str, fails: bool = False) -> str:
    """Give the text back as lines, step, result or error."""
    print(text)
    print(text, file=sys.stderr)
    logging.getLogger("echo").warning(text)
    progress(1, 2, text)
    if fails:
        raise ValueError(text)
    return text


@job
def chatter(lines: int) -> None:
    """Print so many lines, as fast as they go."""
    for number in range(lines):
        print(f"line {number} of the chatter")


@job
def patter(lines: int) -> None:
    """Print so many lines, slowly enough for a person to scroll."""
    for number in range(lines):
        print(f"line {number} of the patter")
        sleep(0.03)


@job
def stay() -> None:
    """Stay, whoever asks."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        with contextlib.suppress(BaseException):
            print("I stay.", flush=True)
            sleep(60)


@job(retry=Retry(attempts=3, backoff=0.1))
def stumble(falls: int = 2) -> str:
    """Fail so many times, then stand."""
    run = current_run()
    attempt = run.attempt if run else 1
    print(f"attempt {attempt} begins")
    if attempt <= falls:
        raise OSError(f"The step {attempt} was too high.")
    return "Standing."
