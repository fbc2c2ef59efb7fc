"""Follow one run: what every live transport and every waiting request does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async

from samovar.live import stopping
from samovar.live.base import Update, changes, log_event
from samovar.live.event import Event
from samovar.live.tailer import tailer
from samovar.runtime import lines as log
from samovar.runtime.snapshot import line

if TYPE_CHECKING:
    import uuid
    from collections.abc import AsyncIterator

QUIET_SECONDS = 10.0
LINES_A_READ = 1000


async def follow(run_id: uuid.UUID, *, after: int) -> AsyncIterator[list[Event]]:
    """Yield the run's events, from line `after` + 1 on, until its final state is told.

    An empty list means that nothing happened for ten seconds. It ends early when the server stops:
    whoever still wants to follow comes back with the position of the last event.
    """
    viewer = tailer.subscribe(run_id)
    position, before = after, None
    try:
        while not viewer.is_closed:
            update = await viewer.next(QUIET_SECONDS)
            if update is None:
                if not viewer.is_closed:
                    yield []
                continue
            if before is None and not update.is_final:
                yield list(changes(None, update, position))
                before = update
            async for event in _log(run_id, position, update):
                position = event.data["lines"][-1]["n"]
                yield [event]
            yield list(changes(before, update, position))
            if update.is_final:
                return
            before = update
    finally:
        tailer.unsubscribe(viewer)


async def _log(run_id: uuid.UUID, position: int, update: Update) -> AsyncIterator[Event]:
    """Yield the lines after `position`, from the ledger where the update has a gap."""
    while position < update.first - 1:
        numbered, _more = await sync_to_async(log.read)(run_id, after=position, limit=LINES_A_READ)
        if not numbered:
            return
        position = numbered[-1].n
        is_last = update.is_final and position >= update.last
        yield log_event(tuple(line(one) for one in numbered), is_last=is_last)
    if fresh := update.lines_after(position):
        yield log_event(fresh, is_last=update.is_final)


async def wait_until_final(run_id: uuid.UUID, seconds: float) -> bool:
    """Wait at most `seconds` for the run's end; return whether it has ended.

    The caller has checked that whoever asks may see the run.
    """
    stopping.guard()
    viewer = tailer.subscribe(run_id)
    deadline = time.monotonic() + seconds
    try:
        while not viewer.is_closed and (left := deadline - time.monotonic()) > 0:
            update = await viewer.next(left)
            if update is not None and update.is_final:
                return True
        return False
    finally:
        tailer.unsubscribe(viewer)
