r"""How lines of other streams than stdout are told from it inside the one pipe.

# Note [In-band]
File descriptors 1 and 2 of a runner are one pipe, because two would lose the order. What Python's
stderr, warnings and logging say is written into it as records: the mark (`\x1e` and the attempt's
random word), one byte for stream and level, the text of one line, a newline. A record is at most
PIPE_BUF bytes long, so the kernel never tears it; a longer line goes on in the next record, and
its byte is upper case until the last. What stands outside of records is stdout: the job's prints,
and what C code and subprocesses write.
"""

from __future__ import annotations

import logging
import select

from samovar.types import Stream

RECORD_BYTES = select.PIPE_BUF
WORD_BYTES = 16

LEVELS = ("debug", "info", "warning", "error", "critical")
_KINDS = [(str(stream), level) for stream in (Stream.STDERR, Stream.LOG) for level in LEVELS]
_KINDS += [(str(Stream.SYSTEM), level) for level in ("info", "warning")]

CODES = {kind: bytes([ord("a") + n]) for n, kind in enumerate(_KINDS)}
"""(stream, level) → the byte of a line's last record; upper case when the line goes on."""
KINDS = {code[0]: kind for kind, code in CODES.items()}
"""The byte → (stream, level)."""

END_LINE = b"z"
"""The byte of a record that ends the stdout line before it, which may have no newline."""

_NUMBERS = (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)


def mark(word: str) -> bytes:
    """Return what each record of an attempt begins with."""
    return b"\x1e" + word.encode()


def level_of(number: int) -> str:
    """Return the level's word for a number of the `logging` module."""
    return LEVELS[sum(number >= least for least in _NUMBERS)]
