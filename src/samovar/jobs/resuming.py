"""Going on: how `track(…, resume=True)` finds the item after the last completed one.

# Note [The trail]
The trail says of each resumable loop how many of its items are complete. A loop is known by its
place: the first of the job is "0", the next "1"; the first inside an item of "0" is "0.0". So the
job has to begin its loops in the same order each time, in the thread that it began in. When an
outer loop's item is complete, the loops inside of it are forgotten.
Loops that take turns (`zip` of two) have no order that lasts: a kill between their steps would
pair other items in the next attempt. So they are refused, and the trail is forgotten.

The trail reaches the ledger behind the checkpoint that was saved before it, never ahead of it:
after a kill an item may be done again, but none is left out.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from django.utils.translation import gettext as _

T = TypeVar("T")


class Keeper(Protocol):
    """What keeps the trail of an attempt, and says what became of it."""

    def last_trail(self) -> str | None:
        """Return the JSON text that was kept last, in this attempt or an earlier one."""

    def keep_trail(self, trail: str) -> None:
        """Hand the trail (JSON text) to the ledger; returns at once."""

    def say(self, text: str, level: str) -> None:
        """Write a line of ours into the log."""


class Trail:
    """Where the resumable loops of one attempt stand. See Note [The trail]."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.steps: dict[str, dict[str, Any]] = json.loads(keeper.last_trail() or "{}")
        self._thread = threading.get_ident()
        self._open: list[str] = []
        self._begun = [0]
        """How many loops have begun: at the top, then inside each open loop's present item."""

    @property
    def is_open(self) -> bool:
        """Whether the job is inside a resumable loop."""
        return bool(self._open)

    def begin(self) -> str:
        """Return the place of a loop that begins now. Raises RuntimeError in a wrong thread."""
        if threading.get_ident() != self._thread:
            raise RuntimeError(
                "track(…, resume=True) works in the thread that the job began in: loops of "
                "several threads have no order in which the next attempt could find them."
            )
        place = ".".join([*self._open[-1:], str(self._begun[-1])])
        self._begun[-1] += 1
        self._open.append(place)
        self._begun.append(0)
        return place

    def complete(self, place: str, done: int) -> None:
        """Keep that `done` items of the loop are complete.

        Raises RuntimeError when an outer loop has gone on meanwhile; the next attempt then begins
        with the first items.
        """
        if place not in self._open:
            self.steps = {}
            self.keeper.keep_trail("{}")
            raise RuntimeError(
                "Loops of track(…, resume=True) take turns, so the next attempt could not tell "
                "which items belong together. Track one loop: track(list(zip(a, b)), resume=True)."
            )
        self._leave_inner(place)
        self._begun[-1] = 0
        self.steps = {
            key: step for key, step in self.steps.items() if not key.startswith(f"{place}.")
        }
        self.steps[place]["done"] = done
        self.keeper.keep_trail(json.dumps(self.steps))

    def end(self, place: str) -> None:
        """Leave the loop, and those inside of it that were left without their end."""
        if place in self._open:
            self._leave_inner(place)
            self._open.pop()
            self._begun.pop()

    def _leave_inner(self, place: str) -> None:
        depth = self._open.index(place) + 1
        del self._open[depth:], self._begun[depth + 1 :]


class Loop(Generic[T]):
    """One resumable loop while it lasts: a `with` block around the iteration of `items`."""

    def __init__(self, trail: Trail, iterable: Iterable[T], total: float | None) -> None:
        self._trail = trail
        self._iterable = iterable
        self._total = total

    def __enter__(self) -> Loop[T]:
        self._place = self._trail.begin()
        self.done = self._start()
        """How many items are complete."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._trail.end(self._place)

    def items(self) -> Iterator[T]:
        """Return what is left of the iterable."""
        if isinstance(self._iterable, Sequence):
            return (self._iterable[n] for n in range(self.done, len(self._iterable)))
        left = iter(self._iterable)
        skipped = sum(1 for _ in itertools.islice(left, self.done))
        if skipped < self.done:
            self._say(
                _("There are {now} items, but {done} had been done: nothing is left to do."),
                "warning",
                now=skipped,
            )
        return left

    def complete(self) -> None:
        """Keep that one item more is complete."""
        self.done += 1
        self._trail.complete(self._place, self.done)

    def _start(self) -> int:
        """Return from where the loop goes on, and say so."""
        step = self._trail.steps.get(self._place)
        self.done = step["done"] if step else 0
        if step and step["total"] != self._total:
            self._say(
                _("{was} items have become {now}: the loop begins again with the first."),
                "warning",
                was=_number(step["total"]),
                now=_number(self._total),
            )
            self.done = 0
        elif self.done and self._total is None:
            self._say(_("Goes on from {done}."), "info")
        elif self.done:
            self._say(_("Goes on from {done} of {total}."), "info", total=_number(self._total))
        self._trail.steps[self._place] = {
            "done": self.done,
            "total": self._total,
            "from": self.done,
        }
        return self.done

    def _say(self, text: str, level: str, **values: Any) -> None:
        self._trail.keeper.say(text.format(done=self.done, **values), level)


def _number(total: float | None) -> str:
    return "?" if total is None else f"{total:g}"
