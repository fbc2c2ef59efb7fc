"""What the page of a run shows of its log: the newest lines, a part of them, or those found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from samovar.runtime import lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samovar.models import Run
    from samovar.models.log import NumberedLine

SHOWN = 1000
BLOCK = 200
DIGITS = 18
"""The most that the number of a line can have."""
LONGEST = 200
"""The most characters of a text to find."""
TABS = 8
"""With more attempts than this, the list of the attempts alone leads to their logs."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor asks of the log: `?after=LINE`, `?attempt=N`, `?find=TEXT`."""

    after: int | None
    attempt: int | None
    find: str

    @classmethod
    def read(cls, query: QueryDict) -> Wish:
        """Return what the address asks for. Raises Http404 for what is no number."""
        text = query.get("find", "")[:LONGEST].strip()
        return cls(_number(query.get("after")), _number(query.get("attempt")), text)

    def address(self, after: int | None = None) -> str:
        """Return the query of the same wish from another line on."""
        wished = {"attempt": self.attempt, "find": self.find or None, "after": after}
        query = QueryDict(mutable=True)
        query.update({name: str(value) for name, value in wished.items() if value is not None})
        return f"?{query.urlencode()}"


class LogView:
    """The part of a run's log that a page shows; what it reads, it reads once."""

    def __init__(self, run: Run, wish: Wish) -> None:
        self.run, self.wish = run, wish
        self.floor, self.end = 0, run.log_lines
        if wish.attempt is not None:
            first, last = lines.span(run.pk, wish.attempt)
            self.floor, self.end = first - 1, last
        self.following: int | None = None
        self.shown: Sequence[NumberedLine] = self._read()

    def _read(self) -> Sequence[NumberedLine]:
        wish, run_id = self.wish, self.run.pk
        if wish.find:
            after = max(wish.after or 0, self.floor)
            until = None if wish.attempt is None else self.end
            found, self.following = lines.find(run_id, wish.find, after=after, until=until)
            return found
        if self.is_live:
            return lines.last(run_id, SHOWN)
        after = self.end - SHOWN if wish.after is None else wish.after
        after = max(after, self.floor)
        found, more = lines.read(run_id, after=after, limit=max(0, min(SHOWN, self.end - after)))
        self.following = found[-1].n if found and more and found[-1].n < self.end else None
        return found

    @property
    def is_live(self) -> bool:
        """Whether the page goes on with what comes."""
        return self.wish == Wish(None, None, "")

    @property
    def first(self) -> int:
        """The number of the first line on the page."""
        return self.shown[0].n if self.shown else 1

    @property
    def last(self) -> int:
        """The number of the last line on the page."""
        return self.shown[-1].n if self.shown else 0

    @property
    def has_earlier(self) -> bool:
        """Whether lines come before the page's."""
        return not self.wish.find and self.first > self.floor + 1

    @property
    def earlier(self) -> str:
        """Where the lines before the page's are."""
        return self.wish.address(max(self.floor, self.first - 1 - SHOWN))

    @property
    def later(self) -> str:
        """Where the lines after the page's are; "" when there are none."""
        return "" if self.following is None else self.wish.address(self.following)

    @property
    def tabs(self) -> Sequence[int]:
        """The attempts to choose from; none where there is no choice."""
        return range(1, self.run.attempt + 1) if 1 < self.run.attempt <= TABS else ()

    @property
    def blocks(self) -> list[list[tuple[NumberedLine, bool]]]:
        """The lines in blocks, each line with whether another attempt begins there."""
        before = [*self.shown[:1], *self.shown[:-1]]
        told = [
            (line, line.attempt != previous.attempt)
            for previous, line in zip(before, self.shown, strict=True)
        ]
        return [told[start : start + BLOCK] for start in range(0, len(told), BLOCK)]


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or len(text) > DIGITS:
        raise Http404(_("The log has no such line."))
    return int(text)
