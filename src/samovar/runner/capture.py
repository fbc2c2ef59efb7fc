"""The runner's side of the pipe: where print, stderr, warnings and logging go. See Note [In-band]
in marks.py.

stdout is written a line at a time, so a line that was printed has left the process: SIGKILL loses
none. The old standard streams are kept and never touched: they may hold what the parent had not
written at the fork.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
from typing import Any, BinaryIO, cast

from samovar.runner.interrupt import shield
from samovar.runner.marks import CODES, END_LINE, RECORD_BYTES, mark
from samovar.types import Stream

_STDOUT, _STDERR = 1, 2
_BUFFER_BYTES = 65536


class Records:
    """Writes lines in-band."""

    def __init__(self) -> None:
        self._mark = b""
        self._lock = threading.RLock()
        # In a process that the job forks nobody holds the lock.
        os.register_at_fork(after_in_child=self._renew_lock)
        self.stdout = _new_stdout()

    def begin(self, word: str) -> None:
        """Write with the word of this attempt from now on."""
        self._mark = mark(word)
        if self.stdout.closed:
            self.stdout = _new_stdout()

    def say(self, stream: str, level: str, text: str) -> None:
        """Write each line of `text` as one of this stream and level."""
        lines = text.encode("utf-8", "backslashreplace").split(b"\n")
        self.say_lines(stream, level, lines)

    def say_lines(self, stream: str, level: str, lines: list[bytes]) -> None:
        """Write encoded lines as ones of this stream and level."""
        code = CODES[stream, level]
        with shield, self._lock:
            # What the job wrote to `sys.stdout.buffer` stands before.
            if not self.stdout.closed:
                self.stdout.buffer.flush()
            self._write([record for line in lines for record in self._records(code, line)])

    def end_line(self) -> None:
        """End the line of stdout that has no newline yet: what follows stands after it."""
        with shield, self._lock:
            if not self.stdout.closed:
                self.stdout.flush()
            os.write(_STDOUT, self._mark + END_LINE + b"\n")

    def _records(self, code: bytes, line: bytes) -> list[bytes]:
        room = RECORD_BYTES - len(self._mark) - 2
        pieces = [line[n : n + room] for n in range(0, len(line), room)] or [b""]
        more = self._mark + code.upper()
        return [more + piece + b"\n" for piece in pieces[:-1]] + [
            self._mark + code + pieces[-1] + b"\n"
        ]

    def _write(self, records: list[bytes]) -> None:
        """Write several records at once where the kernel takes them in one piece."""
        waiting = b""
        for record in records:
            if len(waiting) + len(record) > RECORD_BYTES:
                os.write(_STDERR, waiting)
                waiting = b""
            waiting += record
        os.write(_STDERR, waiting)

    def _renew_lock(self) -> None:
        self._lock = threading.RLock()


class Stderr(io.RawIOBase):
    """The raw file below `sys.stderr`: collects a line and says it in-band."""

    def __init__(self, records: Records) -> None:
        super().__init__()
        self._records = records
        self._partial = b""

    def write(self, data: Any) -> int:
        """Take bytes; what has no newline yet waits for it."""
        taken = bytes(data)
        with shield:
            *lines, rest = (self._partial + taken).split(b"\n")
            # Of a progress bar that is drawn over itself only the last state counts.
            self._partial = rest[rest.rstrip(b"\r").rfind(b"\r") + 1 :]
            if lines:
                self._records.say_lines(Stream.STDERR, "info", lines)
        return len(taken)

    def end_line(self) -> None:
        """Say what waits for its newline."""
        partial, self._partial = self._partial, b""
        if partial:
            self._records.say_lines(Stream.STDERR, "info", [partial])

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor, for those who pass it to a subprocess."""
        return _STDERR


class Capture:
    """All that a job can say, led into the pipe."""

    def __init__(self) -> None:
        self._kept = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
        self.records = Records()
        self._raw = Stderr(self.records)
        self._stderr = _text(self._raw)
        self._pipe = os.fstat(_STDOUT).st_ino

    def begin(self, word: str) -> None:
        """Capture an attempt; its records begin with `word`."""
        self.records.begin(word)
        if self._stderr.closed:
            self._raw = Stderr(self.records)
            self._stderr = _text(self._raw)
        for name, stream in (("stdout", self.records.stdout), ("stderr", self._stderr)):
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        logging.captureWarnings(True)

    def flush(self) -> None:
        """Write what waits: lines of stdout and stderr without their newline."""
        with shield:
            for stream in (self.records.stdout, self._stderr):
                if not stream.closed:
                    stream.flush()
            self._raw.end_line()

    def is_whole(self) -> bool:
        """Return whether descriptors 1 and 2 are still the pipe."""
        try:
            return all(os.fstat(number).st_ino == self._pipe for number in (_STDOUT, _STDERR))
        except OSError:
            return False


def _new_stdout() -> io.TextIOWrapper:
    raw = io.FileIO(_STDOUT, "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw, _BUFFER_BYTES),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )


def _text(raw: io.RawIOBase) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        cast("BinaryIO", raw), encoding="utf-8", errors="backslashreplace", write_through=True
    )
