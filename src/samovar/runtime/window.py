"""The window: how many messages of a queue the broker is given to hold.

The ledger holds the backlog; a message only wakes a slot that rests. So when the broker has enough
of them nothing more is sent: a slot that ends a run finds the next by itself. The broker is asked
after every few messages, not for each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 256
"""Messages of one queue."""
STEP = 64
"""So many are sent before the broker is asked how many it holds."""
REST_SECONDS = 1.0
"""How long a full queue is left alone."""


@dataclass(slots=True)
class _Room:
    """What one queue may be sent before the broker is asked again, and not before when."""

    left: int = STEP
    full_until: float = 0.0


class Window:
    """Counts what a process sends; used by one thread.

    `depth` answers how many messages of a queue the broker holds, or None when it cannot tell.
    """

    def __init__(self, depth: Callable[[str], int | None]) -> None:
        self._depth = depth
        self._rooms: dict[str, _Room] = {}

    def takes(self, queue: str, *, now: float) -> bool:
        """Return whether one more message may be sent at `now`, and count it."""
        room = self._rooms.setdefault(queue, _Room())
        if not room.left and now >= room.full_until:
            depth = self._depth(queue)
            room.left = STEP if depth is None else max(0, min(STEP, WINDOW - depth))
            room.full_until = now if room.left else now + REST_SECONDS
        if not room.left:
            return False
        room.left -= 1
        return True
