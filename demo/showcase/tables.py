"""Read a table that a stranger has sent, and say what is in its columns."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

HEAD_BYTES = 256 * 1024
DELIMITERS = ",;\t|"
CYRILLIC = ("cp1251", "koi8-r", "cp866")
FREQUENT = frozenset("оеаинтсрвлкмдпу")
"""What half of all Russian letters are; read in a wrong encoding they become others."""
MOST_COLUMNS = 200
MOST_NUMBERS = 100_000
"""Numbers of a column that its histogram counts."""
MOST_VALUES = 10_000
"""Different values of a column that are counted."""

_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+[.,]\d+", re.ASCII)
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y")


@dataclass
class Column:
    """What is known of a column so far."""

    name: str
    missing: int = 0
    kinds: set[str] = field(default_factory=set)
    numbers: list[float] = field(default_factory=list)
    values: set[str] = field(default_factory=set)

    @property
    def kind(self) -> str:
        """What all values of the column are."""
        if not self.kinds:
            return "empty"
        if self.kinds <= {"integer", "number"}:
            return "number" if "number" in self.kinds else "integer"
        return next(iter(self.kinds)) if len(self.kinds) == 1 else "text"

    def add(self, text: str) -> None:
        """Count a cell."""
        text = text.strip()
        if not text:
            self.missing += 1
            return
        kind = _kind(text)
        self.kinds.add(kind)
        if kind in {"integer", "number"} and len(self.numbers) < MOST_NUMBERS:
            self.numbers.append(float(text.replace(",", ".")))
        if len(self.values) < MOST_VALUES:
            self.values.add(text)

    def told(self) -> dict[str, Any]:
        """Return what is known, for the run's result."""
        told: dict[str, Any] = {"name": self.name, "type": self.kind, "missing": self.missing}
        told["distinct"] = len(self.values)
        if self.kind in {"integer", "number"}:
            ends = min(self.numbers), max(self.numbers)
            told["least"], told["most"] = map(int, ends) if self.kind == "integer" else ends
        return told


@dataclass
class Table:
    """A table on its way: `rows` yields its rows once."""

    encoding: str
    delimiter: str
    columns: list[Column]
    reader: Iterator[list[str]]
    count: int = 0
    ragged: int = 0

    def rows(self) -> Iterator[int]:
        """Count row by row into the columns; yield the number of each."""
        try:
            for row in self.reader:
                if not row:
                    continue
                self.count += 1
                self.ragged += len(row) != len(self.columns)
                padded = [*row, *[""] * (len(self.columns) - len(row))]
                for column, text in zip(self.columns, padded, strict=False):
                    column.add(text)
                yield self.count
        except csv.Error as error:
            words = _("Row {number} is no row of a table: {why}.")
            raise ValueError(words.format(number=self.count + 2, why=error)) from error


def opened(file: UploadedFile[bytes]) -> Table:
    """Return the table in `file`. Raises ValueError for what is none."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    encoding = encoding_of(head, is_whole=len(head) < HEAD_BYTES)
    text = head.decode(encoding, errors="replace")
    delimiter = delimiter_of(text)
    lines = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    reader = csv.reader(lines, delimiter=delimiter)
    names = next((row for row in reader if any(cell.strip() for cell in row)), [])
    if not names:
        raise ValueError(_("There is no table in this file: it has no text."))
    if len(names) > MOST_COLUMNS:
        words = _("The table has {count} columns; at most {most} are taken.")
        raise ValueError(words.format(count=len(names), most=MOST_COLUMNS))
    columns = [Column(name.strip() or f"#{number}") for number, name in enumerate(names, 1)]
    return Table(encoding, delimiter, columns, reader)


def report(columns: Sequence[Column]) -> bytes:
    """Return what is known of the columns as a table."""
    target = io.StringIO()
    names = ["name", "type", "missing", "distinct", "least", "most"]
    writer = csv.DictWriter(target, names)
    writer.writeheader()
    writer.writerows(column.told() for column in columns)
    return target.getvalue().encode()


def encoding_of(head: bytes, *, is_whole: bool = True) -> str:
    """Return in what the text is written. Raises ValueError for what is no text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in head:
        raise ValueError(_("This is no text but a binary file. Save the table as CSV."))
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The last character of a head may be cut in two.
        if is_whole or error.start < len(head) - 3:
            return _old_encoding(head)
    return "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else "utf-8"


def delimiter_of(text: str) -> str:
    """Return the sign that parts most of the first lines into as many columns as their header."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]

    def score(delimiter: str) -> tuple[int, int]:
        try:
            counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)] or [1]
        except csv.Error:  # whoever reads on will say in which row
            return 0, 0
        return (counts.count(counts[0]) if counts[0] > 1 else 0), counts[0]

    return max(DELIMITERS, key=score)


def _old_encoding(head: bytes) -> str:
    """Return the encoding of one byte a character in which most letters are frequent ones."""

    def score(encoding: str) -> int:
        return sum(letter in FREQUENT for letter in head.decode(encoding, errors="replace"))

    best = max(CYRILLIC, key=score)
    return best if score(best) else "cp1252"


def _kind(text: str) -> str:
    if _WHOLE.fullmatch(text):
        return "integer"
    if _NUMBER.fullmatch(text):
        return "number"
    return "date" if any(_is_date(text, form) for form in _DATES) else "text"


def _is_date(text: str, form: str) -> bool:
    try:
        dt.datetime.strptime(text, form)  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return False
    return True
