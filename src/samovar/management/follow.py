"""Follow a run in the ledger: what it is now, and the lines since the look before."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samovar.models import Run
from samovar.runtime import lines as log

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator

    from samovar.models.log import NumberedLine

LOOK_SECONDS = 0.1
LINES_A_LOOK = 1000


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a run, and the lines that are new in it."""

    run: Run
    lines: list[NumberedLine]


def follow(run_id: uuid.UUID, *, after: int = 0) -> Iterator[Look]:
    """Yield a look ten times a second, with or without news, until the run's end."""
    run = Run.objects.get(pk=run_id)
    position = after
    while True:
        found, more = _lines(run, position)
        position = found[-1].n if found else position
        yield Look(run, found)
        if run.is_final and not more:
            return
        if not more:
            time.sleep(LOOK_SECONDS)
        run = _newest(run)


def _lines(run: Run, position: int) -> tuple[list[NumberedLine], bool]:
    if run.log_lines <= position:
        return [], False
    return log.read(run.pk, after=position, limit=LINES_A_LOOK)


def _newest(run: Run) -> Run:
    """Read the run again if it has moved; a look at one that has not is one narrow row."""
    head = Run.objects.values_list("version", "log_lines").get(pk=run.pk)
    return run if head == (run.version, run.log_lines) else Run.objects.get(pk=run.pk)
