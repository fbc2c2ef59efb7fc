"""The side journal: one file to which every attempt appends, a line an event.

It stands beside the product and knows nothing of it. A line is one `write` of less than 4 KiB to a
file opened for appending, so lines of many processes never mix, and a killed process has written a
line whole or not at all. Instants are told by a clock that nobody moves.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

CLOCK = time.CLOCK_BOOTTIME


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of one attempt; `at` is seconds since the epoch."""

    at: float
    event: str
    run: str
    attempt: int
    pid: int
    number: int


def path_of(folder: Path) -> Path:
    """Return where the journal of `folder` stands."""
    return folder / "journal.jsonl"


class Journal:
    """The journal as one attempt writes it."""

    def __init__(self, folder: Path) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(path_of(folder), flags, 0o600)

    def write(self, event: str, run: str, attempt: int, number: int = 0) -> None:
        """Append one event."""
        at = time.clock_gettime(CLOCK)
        line = json.dumps([at, event, run, attempt, os.getpid(), number]) + "\n"
        os.write(self._descriptor, line.encode())

    def close(self) -> None:
        """Write nothing more."""
        os.close(self._descriptor)


class Reader:
    """The journal as others read it, while it grows."""

    def __init__(self, folder: Path) -> None:
        path_of(folder).touch()
        self._file = path_of(folder).open("rb")
        self._rest = b""
        self._boot = time.time() - time.clock_gettime(CLOCK)

    def news(self) -> list[Entry]:
        """Return what was written since the last call."""
        *whole, self._rest = (self._rest + self._file.read()).split(b"\n")
        return [
            Entry(self._boot + at, *rest) for at, *rest in (json.loads(line) for line in whole)
        ]
