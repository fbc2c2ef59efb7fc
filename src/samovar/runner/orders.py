"""What other threads ask of a supervisor: to let the attempt that it performs hand itself back, or
to cancel, release or fence it.
"""

from __future__ import annotations

import contextlib
import enum
import os
import threading
from dataclasses import dataclass


class Order(enum.IntEnum):
    """A stronger order takes the place of a weaker one."""

    NONE = 0
    HAND_BACK = 1
    CANCEL = 2
    RELEASE = 3
    FENCE = 4


@dataclass(frozen=True, slots=True)
class Given:
    """An order with its reason."""

    order: Order = Order.NONE
    reason: str = ""


NOTHING = Given()


class Orders:
    """A box for orders. Any thread may put one in; its descriptor wakes the supervisor."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._given = NOTHING
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """Return the descriptor that is readable when there is a new order."""
        return self._wake

    def give(self, order: Order, reason: str = "") -> None:
        """Put an order in; nothing when one as strong stands, or when nobody will look again."""
        with self._guard:
            if order > self._given.order and self._wake >= 0:
                self._given = Given(order, reason)
                os.eventfd_write(self._wake, 1)

    def look(self) -> Given:
        """Return the order that stands; the descriptor rests until the next."""
        with self._guard:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._wake)
            return self._given

    def clear(self) -> None:
        """Forget what was asked of the last attempt."""
        self.look()
        with self._guard:
            self._given = NOTHING

    def close(self) -> None:
        """Give the descriptor back."""
        with self._guard:
            os.close(self._wake)
            self._wake = -1
