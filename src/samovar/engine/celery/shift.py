"""A crew inside a Celery worker: Celery's words on one side, the crew's on the other."""

from __future__ import annotations

import collections
import logging
import threading
import uuid
from typing import TYPE_CHECKING, Any

from samovar.engine import doorbell
from samovar.engine.celery.following import Following
from samovar.runner.crew import Crew

if TYPE_CHECKING:
    from samovar.runtime.claim import Claimed

logger = logging.getLogger(__name__)

HOLD_SECONDS = 2.0
"""How long a message may wait for an idle slot here before another worker is offered it."""


class Shift:
    """Takes messages, and tells Celery what the crew does. See Note [Back-pressure] in
    strategy.py.
    """

    def __init__(self, controller: Any, crew: Crew, *, holds: bool) -> None:
        self.crew = crew
        self._controller = controller
        self._holds = holds
        self._held: collections.deque[Held] = collections.deque()
        self._guard = threading.Lock()

    def ring(self, run_id: uuid.UUID) -> bool:
        """Offer the run to an idle slot; False when there is none."""
        return self.crew.ring(run_id)

    def hold(self, message: Any, ack: Any, reject: Any) -> bool:
        """Keep a message unacknowledged until a slot rests; False when this broker has no use for
        that.
        """
        if not self._holds:
            return False
        held = Held(message, ack, reject, self._controller.consumer.connection_errors)
        with self._guard:
            self._held.append(held)
        self._controller.consumer.timer.call_after(HOLD_SECONDS, self._hand_back, (held,))
        return True

    def follow(self, claimed: Claimed) -> Following:
        """Begin Celery's bookkeeping for an attempt that begins."""
        return Following(self._controller.consumer, claimed)

    def on_occupancy(self, idle: int) -> None:
        """Hear how many slots are idle now."""
        doorbell.mark(is_busy=not idle)
        if idle:
            self._let_go_of_held()

    def _let_go_of_held(self) -> None:
        with self._guard:
            held, self._held = self._held, collections.deque()
        for one in held:
            one.acknowledge()

    def _hand_back(self, held: Held) -> None:
        with self._guard:
            if held not in self._held:
                return
            self._held.remove(held)
        held.hand_back()


class Held:
    """A message that is neither acknowledged nor rejected yet."""

    def __init__(self, message: Any, ack: Any, reject: Any, errors: Any) -> None:
        self._message = message
        self._ack = ack
        self._reject = reject
        self._errors = errors

    def acknowledge(self) -> None:
        """Tell the broker that it may forget the message: a slot looks into the ledger before it
        rests.
        """
        self._ack(logger, self._errors)

    def hand_back(self) -> None:
        """Let the broker offer the message to another worker."""
        self._reject(logger, self._errors, requeue=True)
