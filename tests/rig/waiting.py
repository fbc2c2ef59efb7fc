"""Wait for a state, never for a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

STEP_SECONDS = 0.02


def wait_for(
    predicate: Callable[[], T], deadline: float = 30.0, message: str = "the state waited for"
) -> T:
    """Call `predicate` until it answers something true, and return that.

    Raises AssertionError with `message` and the last answer after `deadline` seconds. An
    exception of `predicate` goes through.
    """
    end = time.monotonic() + deadline
    pause = threading.Event()
    while not (answer := predicate()):
        if time.monotonic() >= end:
            raise AssertionError(
                f"{message}: not within {deadline:g} s; the last answer was {answer!r}"
            )
        pause.wait(STEP_SECONDS)
    return answer
