"""The publisher: one thread of a process that hands ids to the broker, so that no request waits
for it.

What it cannot send, and what it took with it when its process died, the dispatcher sends again:
the ledger holds the run.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from samovar import conf
from samovar.exceptions import BrokerUnavailable
from samovar.per_process import PerProcess
from samovar.runtime import broker
from samovar.runtime.window import Window

logger = logging.getLogger(__name__)

ROOM = 256
"""How many hints may wait in a process; what is over that the ledger holds alone."""
BREAK_SECONDS = 2.0
"""How long nothing is sent after the broker did not answer."""
WAY_SECONDS = 0.002
"""How long a submit makes way for the thread, which else gets the interpreter only when the
submitter waits for something, or after Python's 5 ms. A message is sent in a fifth of it.
"""
EXIT_SECONDS = 1.0
"""How long a process that ends waits for what is still to be sent."""


@dataclass(frozen=True, slots=True)
class Hint:
    """That a run waits: all that a message says."""

    run_id: uuid.UUID
    job: str
    queue: str


class Carrier(Protocol):
    """What the publisher needs of an engine."""

    def publish(self, hint: Hint) -> None:
        """Hand `hint` to the broker. Raises BrokerUnavailable after a short time."""

    def depth(self, queue: str) -> int | None:
        """Return how many messages of `queue` the broker holds; None when it cannot tell."""


class Publisher:
    """A thread and the hints that wait for it."""

    def __init__(self) -> None:
        self._hints: queue.Queue[Hint] = queue.Queue(ROOM)
        self._broken_until = 0.0
        self._window = Window(lambda queue: conf.load("ENGINE").depth(queue))
        self._thread = threading.Thread(target=self._work, name="samovar-publisher", daemon=True)
        self._thread.start()

    def offer(self, hint: Hint) -> None:
        """Take `hint`, or drop it when too many wait."""
        with contextlib.suppress(queue.Full):
            self._hints.put_nowait(hint)

    def drain(self, seconds: float) -> None:
        """Wait until what was offered is sent, at most so long."""
        with self._hints.all_tasks_done:
            self._hints.all_tasks_done.wait_for(lambda: not self._hints.unfinished_tasks, seconds)

    def _work(self) -> None:
        while True:
            hint = self._hints.get()
            if time.monotonic() >= self._broken_until:
                self._send(hint)
            self._hints.task_done()

    def _send(self, hint: Hint) -> None:
        try:
            if self._window.takes(hint.queue, now=time.monotonic()):
                conf.load("ENGINE").publish(hint)
            broker.watch().tell("")
        except BrokerUnavailable as error:
            broker.watch().tell(str(error))
            self._broken_until = time.monotonic() + BREAK_SECONDS
            logger.warning("Run %s waits in the ledger: %s", hint.run_id, error)
        except Exception:
            logger.exception("Run %s waits in the ledger: its id was not sent.", hint.run_id)


_publisher = PerProcess(Publisher)
_taker: ContextVar[Callable[[Hint], None] | None] = ContextVar("taker", default=None)


@contextlib.contextmanager
def handing_to(take: Callable[[Hint], None]) -> Iterator[None]:
    """Give what this thread offers to `take`, here and at once, instead of to the broker."""
    before = _taker.set(take)
    try:
        yield
    finally:
        _taker.reset(before)


def offer(hint: Hint) -> None:
    """Let a worker know that a run waits; never blocks."""
    take = _taker.get() or _publisher().offer
    take(hint)


def offer_all(hints: Iterable[Hint]) -> None:
    """Let workers know of several runs; never blocks."""
    for hint in hints:
        offer(hint)


def make_way() -> None:
    """Let what this thread has offered be sent at once, if that is quick. See WAY_SECONDS."""
    if _taker.get() is None:
        drain(WAY_SECONDS)


def drain(seconds: float = EXIT_SECONDS) -> None:
    """Wait until what was offered is sent, at most so long: a command that submits and ends takes
    its hint to the broker.
    """
    if (publisher := _publisher.peek()) is not None:
        publisher.drain(seconds)


atexit.register(drain)
