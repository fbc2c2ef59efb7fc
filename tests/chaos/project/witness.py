"""What a job under chaos does so that others can judge what became of it.

It writes each of its steps into the side journal, and holds a lock of its run while anything of it
lives: whoever finds that lock taken is a second live attempt.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from samovar import current_run
from tests.chaos.journal import Journal

FOLDER = Path(os.environ.get("CHAOS_FOLDER", "."))


class Witness:
    """One attempt, as it sees itself."""

    def __init__(self) -> None:
        run = current_run()
        if run is None:
            raise RuntimeError("A job of chaos is performed by a worker only.")
        self.run = str(run.id)
        self.attempt = run.attempt
        self._journal = Journal(FOLDER)
        self.lock = os.open(FOLDER / "locks" / self.run, os.O_RDWR | os.O_CREAT, 0o600)

    def say(self, event: str, number: int = 0) -> None:
        """Write into the journal."""
        self._journal.write(event, self.run, self.attempt, number)

    def print(self, number: int) -> None:
        """Print a line that says exactly what it is, then write down that it was printed."""
        print(f"{self.attempt} {number}", flush=True)
        self.say("line", number)

    def close(self) -> None:
        """Give up the lock, unless something that the attempt has left behind still holds it."""
        os.close(self.lock)
        self._journal.close()


@contextlib.contextmanager
def witness() -> Iterator[Witness]:
    """Write down the attempt's begin and its end, and hold the run's lock in between."""
    seen = Witness()
    try:
        fcntl.flock(seen.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        seen.say("overlap")
    seen.say("begin")
    try:
        yield seen
    finally:
        seen.say("end")
        seen.close()
