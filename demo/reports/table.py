"""A table in a CSV file that grows by whole lines."""

from __future__ import annotations

import csv
import fcntl
import io
import os
from collections.abc import Sequence
from pathlib import Path

TAIL = 4096
"""Bytes at the end of the file that are looked at first."""


def append(path: Path, header: Sequence[str], row: Sequence[object]) -> bool:
    """Append `row`; answer False when the last line has the same first column already.

    The header is written once, into an empty file. Several processes may append at a time, and
    one may be killed in the middle: the next one takes away what is no whole line. So a row that
    is written again after a kill stands there once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = _last_line(file)
        if last.split(",")[0] == str(row[0]):
            return False
        rows = [row] if last else [header, row]
        file.write("".join(map(_line, rows)).encode())
        file.flush()
        os.fsync(file.fileno())
    return True


def _last_line(file: io.BufferedRandom) -> str:
    """Cut off what is no whole line, and return the last one without its end."""
    end = file.seek(0, os.SEEK_END)
    for size in (TAIL, end):  # lines are short; if not so, look at all of it
        file.seek(max(0, end - size))
        tail = file.read()
        if tail.count(b"\n") > 1:
            break
    whole, newline, torn = tail.rpartition(b"\n")
    if torn:
        file.truncate(file.tell() - len(torn))
    return whole.rpartition(b"\n")[2].decode(errors="replace") if newline else ""


def _line(row: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue()
