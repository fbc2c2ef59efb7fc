"""What a viewer is told of a run: updates that the tailer makes, events that a transport sends.

An `Update` is one look at the ledger: the whole run and the lines that came since the look before.
A transport compares it with what its viewer was told last, and sends only the difference, as
events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from samovar.live.event import Event
from samovar.models import FINAL


@dataclass(frozen=True, slots=True)
class Update:
    """One look at one run. `lines` end with the line number `last`; they may be none.

    `is_final` says that the run has ended *and* no line follows.
    """

    run: dict[str, Any]
    last: int
    lines: tuple[dict[str, Any], ...] = ()
    is_final: bool = False

    @property
    def first(self) -> int:
        """The number of the first line it brings; `last + 1` when it brings none."""
        return self.last - len(self.lines) + 1

    def without_lines(self) -> Self:
        """Return what somebody is told who comes now: the run, and up to where its log stands."""
        return replace(self, lines=())

    def lines_after(self, position: int) -> tuple[dict[str, Any], ...]:
        """Return the lines that a viewer who has seen line `position` has not seen."""
        return self.lines[max(0, position + 1 - self.first) :]


def log_event(lines: tuple[dict[str, Any], ...], *, is_last: bool) -> Event:
    """Return the event that brings `lines`; its `next` is None when nothing can follow."""
    position: int = lines[-1]["n"]
    return Event("log", position, {"lines": list(lines), "next": None if is_last else position})


def changes(before: Update | None, update: Update, position: int) -> Iterator[Event]:
    """Yield `progress` and `state` where they differ from `before`.

    A final state is told only once all lines are.
    """
    if before is None or before.run["progress"] != update.run["progress"]:
        yield Event("progress", position, update.run["progress"])
    if update.run["state"] in FINAL and not update.is_final:
        return
    if before is None or _settled(before) != _settled(update):
        yield Event("state", position, update.run)


def _settled(update: Update) -> dict[str, Any]:
    return {key: value for key, value in update.run.items() if key != "progress"} | {
        "is_final": update.is_final
    }
