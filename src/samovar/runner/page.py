"""The progress page: memory shared by runner and supervisor, so that a million reports a second
cost no system call.

# Note [The page]
The writer is one `pack_into`: it clears the place, then writes number, values, and the same number
again, in this order. So the last number is there only while all before it is. The reader takes the
last number, the values, and both numbers once more; when all agree, no write came between. The
text has two places, of which the page names one, so that a new text never overwrites the one being
read. A missing value is NaN, and the number 0 means that nothing has been written.
"""

from __future__ import annotations

import itertools
import math
import mmap
import os
import struct
import threading

from samovar.types import Progress

TEXT_BYTES = 800
"""As much of the word on the step as is kept: 200 characters of up to four bytes."""

_VALUES = struct.Struct("<QddIQ")
_NUMBER = struct.Struct("<Q")
_LAST_AT = _VALUES.size - _NUMBER.size
_PLACES = (64, 64 + TEXT_BYTES)
_SIZE = _PLACES[1] + TEXT_BYTES
_NAN = math.nan


def new_page() -> int:
    """Return the descriptor of a fresh page."""
    descriptor = os.memfd_create("samovar-progress", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, _SIZE)
    return descriptor


class PageWriter:
    """The runner's side. See Note [The page]."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, _SIZE)
        # `next` of a count is one step for the interpreter: two threads never get the same number.
        self._number = itertools.count(1).__next__
        self._texts = threading.Lock()
        self.begin()

    def begin(self) -> None:
        """Forget the last attempt's text."""
        self._text = ""
        self._where = 0

    def report(self, done: float | None, total: float | None, text: str = "") -> None:
        """Write how far the attempt is. Raises TypeError for what is no number of a usual size."""
        if text != self._text:
            self._say(text)
        number = self._number()
        try:
            _VALUES.pack_into(
                self._memory,
                0,
                number,
                _NAN if done is None else done,
                _NAN if total is None else total,
                self._where,
                number,
            )
        except (struct.error, OverflowError) as error:
            kinds = f"{type(done).__name__} of {type(total).__name__}"
            raise TypeError(
                f"Progress is told in numbers, or None: {kinds} cannot be kept ({error})."
            ) from error

    def _say(self, text: str) -> None:
        with self._texts:
            place = 1 - (self._where >> 16)
            data = str(text).encode("utf-8", "replace")[:TEXT_BYTES]
            start = _PLACES[place]
            self._memory[start : start + len(data)] = data
            self._text, self._where = text, place << 16 | len(data)


class PageReader:
    """The supervisor's side. See Note [The page]."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, _SIZE)
        self._seen = 0

    def begin(self) -> None:
        """Clear the page for the next attempt; nobody writes to it between two."""
        _VALUES.pack_into(self._memory, 0, 0, _NAN, _NAN, 0, 0)
        self._seen = 0

    def read(self) -> Progress | None:
        """Return the newest report, or None when there is none since the last call."""
        for _ in range(1000):
            (number,) = _NUMBER.unpack_from(self._memory, _LAST_AT)
            if number in (0, self._seen):
                return None
            _, done, total, where, _ = _VALUES.unpack_from(self._memory, 0)
            start = _PLACES[where >> 16 & 1]
            data = self._memory[start : start + min(where & 0xFFFF, TEXT_BYTES)]
            first, _, _, _, last = _VALUES.unpack_from(self._memory, 0)
            if first == last == number:
                self._seen = number
                text = data.decode("utf-8", "ignore").replace("\0", "\ufffd")
                return Progress(_finite(done), _finite(total), text)
        return None

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
