"""A viewer's mailbox: filled by the tailer's thread, emptied by the viewer's coroutine."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

U = TypeVar("U")

KEPT = 64
"""How many updates wait for a slow viewer; of older ones it sees the gap and reads the ledger."""


class Viewer(Generic[U]):
    """One who watches `key`, at home in the event loop in which it was made."""

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.loop = asyncio.get_running_loop()
        self.is_closed = False
        self._updates: deque[U] = deque(maxlen=KEPT)
        self._bell = asyncio.Event()

    def put(self, update: U) -> None:
        """Add an update; called in the viewer's loop."""
        self._updates.append(update)
        self._bell.set()

    def close(self) -> None:
        """Say that no update will come any more; called in the viewer's loop."""
        self.is_closed = True
        self._bell.set()

    async def next(self, seconds: float) -> U | None:
        """Return the next update; None when `seconds` pass without one or the viewer is closed."""
        if not self._updates and not self.is_closed:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), seconds)
        self._bell.clear()
        return self._updates.popleft() if self._updates else None
