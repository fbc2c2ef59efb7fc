"""The supervisor's side of the pipe: bytes in, batches of lines out. See Note [In-band] in
marks.py.

A line of stdout that has no newline yet waits for it; records of other streams may come in
between. A lone carriage return ends as the last state of the line, as on a terminal. NUL, which
PostgreSQL cannot keep, and bytes that are no UTF-8 become U+FFFD.
"""

from __future__ import annotations

from samovar.runner.marks import END_LINE, KINDS, mark
from samovar.types import Batch, Stream

LONGEST_LINE = 65536
"""Characters; a longer line becomes several, of which all but the last end with CUT."""
CUT = "…"

# Bytes of UTF-8 inside a character.
_HIGH_BITS, _INSIDE_CHARACTER = 0xC0, 0x80

_STDOUT = (str(Stream.STDOUT), "info")
_Kind = tuple[str, str]


class Decoder:
    """Decodes the output of one attempt."""

    def __init__(self, word: str) -> None:
        self._mark = mark(word)
        self._tail = b""
        """The beginning of a record, or of a mark, at the end of the last block."""
        self._partial = b""
        """The stdout line that has no newline yet."""
        self._joining: dict[_Kind, str] = {}
        """The lines of other streams whose last record has not come yet."""

    def feed(self, block: bytes, at: float) -> list[Batch]:
        """Take a block that was read at `at` (seconds since the epoch) and return the lines that
        are complete now.
        """
        if not self._tail and b"\x1e" not in block:
            texts = self._stdout(block)
            return [Batch(at, *_STDOUT, texts)] if texts else []
        return self._records(self._tail + block, at)

    def finish(self, at: float) -> list[Batch]:
        """Return what is left when nothing more will come: lines without their newline."""
        ended = _Batches(at)
        tail, self._tail = self._tail, b""
        if tail.startswith(self._mark):
            self._record(tail[len(self._mark) :], ended)
        else:
            ended.add(_STDOUT, self._stdout(tail))
        ended.add(_STDOUT, self._end_line())
        for kind, text in self._joining.items():
            ended.add(kind, _cut(text))
        self._joining.clear()
        return ended.batches

    def _end_line(self) -> list[str]:
        partial, self._partial = self._partial, b""
        return _texts(partial) if partial else []

    def _stdout(self, block: bytes) -> list[str]:
        data = self._partial + block if self._partial else block
        end = data.rfind(b"\n")
        if end < 0:
            return self._wait(data, [])
        return self._wait(data[end + 1 :], _texts(data[:end]))

    def _wait(self, partial: bytes, texts: list[str]) -> list[str]:
        """Keep a line's beginning for later, but never more than one line's worth of it."""
        if len(partial) > LONGEST_LINE and b"\r" in partial:
            shown = partial.rstrip(b"\r")
            partial = shown[shown.rfind(b"\r") + 1 :] + partial[len(shown) :][:1]
        while len(partial) > LONGEST_LINE:
            end = LONGEST_LINE
            while partial[end] & _HIGH_BITS == _INSIDE_CHARACTER:
                end -= 1
            texts.append(_texts(partial[:end])[0] + CUT)
            partial = partial[end:]
        self._partial = partial
        return texts

    def _records(self, data: bytes, at: float) -> list[Batch]:
        ended = _Batches(at)
        first, *records = self._hold_back(data).split(self._mark)
        if first:
            ended.add(_STDOUT, self._stdout(first))
        for record in records:
            self._record(record, ended)
        return ended.batches

    def _hold_back(self, data: bytes) -> bytes:
        """Put an unfinished record or mark at the end aside, and return what stands before it."""
        start = data.rfind(b"\x1e")
        rest = data[start:] if start >= 0 else b""
        if rest.startswith(self._mark):
            is_whole = b"\n" in rest
        else:
            is_whole = not self._mark.startswith(rest)
        self._tail = b"" if is_whole or not rest else rest
        return data[: len(data) - len(self._tail)]

    def _record(self, record: bytes, ended: _Batches) -> None:
        """Take what stands between two marks: one record, and the stdout after it."""
        line, _, after = record.partition(b"\n")
        if line == END_LINE:
            ended.add(_STDOUT, self._end_line() + self._stdout(after))
            return
        kind = KINDS.get(line[0] | 0x20) if line else None
        if kind is None:  # not ours, though it knows the word
            ended.add(_STDOUT, self._stdout(record))
            return
        text = self._joining.pop(kind, "") + line[1:].decode("utf-8", "replace")
        if line[0] & 0x20:
            ended.add(kind, _cut(_shown(text)))
        else:
            self._join(kind, text, ended)
        if after:
            ended.add(_STDOUT, self._stdout(after))

    def _join(self, kind: _Kind, text: str, ended: _Batches) -> None:
        *pieces, rest = _cut(text)
        ended.add(kind, pieces)
        self._joining[kind] = rest


class _Batches:
    """Collects lines; neighbours of one kind share a batch."""

    def __init__(self, at: float) -> None:
        self.batches: list[Batch] = []
        self._at = at
        self._kind: _Kind | None = None

    def add(self, kind: _Kind, texts: list[str]) -> None:
        if not texts:
            return
        if kind == self._kind:
            self.batches[-1].texts.extend(texts)
        else:
            self.batches.append(Batch(self._at, *kind, texts))
            self._kind = kind


def _texts(data: bytes) -> list[str]:
    """Return the lines in `data`, whose last newline has been taken off."""
    text = data.decode("utf-8", "replace")
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    texts = text.split("\n")
    if "\r" in text:
        texts = [_shown(line) for line in texts]
    if len(text) > LONGEST_LINE and max(map(len, texts)) > LONGEST_LINE:
        texts = [piece for line in texts for piece in _cut(line)]
    return texts


def _shown(line: str) -> str:
    """Return what a terminal would show of a line in the end."""
    line = line.rstrip("\r").replace("\0", "\ufffd")
    return line[line.rfind("\r") + 1 :]


def _cut(line: str) -> list[str]:
    """Cut a line that is too long. The last piece stands without CUT."""
    pieces = [line[n : n + LONGEST_LINE] for n in range(0, len(line), LONGEST_LINE)] or [""]
    return [piece + CUT for piece in pieces[:-1]] + pieces[-1:]
