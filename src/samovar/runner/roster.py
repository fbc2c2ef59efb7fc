"""The roster: which slots rest, and who is called next."""

from __future__ import annotations

import collections
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """A reason for a slot to look into the ledger: for this run first, if one is named."""

    run_id: uuid.UUID | None = None


class Roster:
    """Hands calls to resting slots.

    A call that finds nobody resting is not kept; it is counted. A slot notes the count before it
    looks into the ledger, and looks again when the count has changed: so no run is overlooked
    between a slot's last look and its rest.
    """

    def __init__(self, on_change: Callable[[int], None]) -> None:
        self._on_change = on_change
        self._changed = threading.Condition()
        self._calls: collections.deque[Call] = collections.deque()
        self._resting = 0
        self._is_closed = False
        self.missed = 0

    def call(self, run_id: uuid.UUID) -> bool:
        """Call a resting slot for a run; False when there is none."""
        with self._changed:
            if self._is_closed or self._idle() < 1:
                self.missed += 1
                return False
            self._calls.append(Call(run_id))
            self._changed.notify()
        return True

    def call_all(self) -> None:
        """Let every slot look into the ledger."""
        with self._changed:
            self.missed += 1
            self._calls.extend([Call()] * self._idle())
            self._changed.notify_all()

    def rest(self, seen: int) -> Call | None:
        """Wait for a call; None says that there will be none. `seen` is `missed` as it was before
        the slot's last look.
        """
        with self._changed:
            if not self.is_open():
                return None
            if seen != self.missed:
                return Call()
            self._resting += 1
            idle = self._idle()
        self._on_change(idle)
        with self._changed:
            self._changed.wait_for(lambda: self._calls or self._is_closed)
            self._resting -= 1
            call = self._calls.popleft() if self.is_open() else None
            idle = self._idle()
        self._on_change(idle)
        return call

    def has_rest(self) -> bool:
        """Return whether a slot rests that nobody has called."""
        with self._changed:
            return self._idle() > 0

    def is_open(self) -> bool:
        """Return whether runs may begin."""
        return not self._is_closed

    def close(self) -> None:
        """Let no slot begin anything more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _idle(self) -> int:
        return self._resting - len(self._calls)
