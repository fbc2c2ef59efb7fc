"""The one door through which news of runs leaves: after commit, to whoever has subscribed.

An event says that something stands in the ledger now, not what: whoever wants more reads it there.
So an event may be missed, and two may be taken for one.

| event | what has been committed | where it is told |
|---|---|---|
| `RunSubmitted` | a run is in the ledger | the process that submitted it |
| `RunStarted` | an attempt has begun | its worker |
| `RunSaid` | lines or progress of an attempt | its worker |
| `RunMoved` | the run has become `state` | whoever moved it; `cancelling` is told by its worker |

# Note [One teller]
While an attempt lives, only its worker tells of it; what nobody holds is told by the process that
moved it. So a run's news comes from one process at a time, in order.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from samovar import transactions
from samovar.models import RunState

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunEvent:
    """What every event says: the run and its job, its last attempt's number, and how many lines
    the log had before that.
    """

    run_id: uuid.UUID
    job: str
    attempt: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class RunSubmitted(RunEvent):
    """A run is in the ledger."""


@dataclass(frozen=True, slots=True)
class RunStarted(RunEvent):
    """An attempt has begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSaid(RunEvent):
    """Lines or progress of the attempt are in the ledger; `size` is what the lines take there, in
    bytes.
    """

    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMoved(RunEvent):
    """The run has become `state`."""

    state: RunState


class Subscriber(Protocol):
    """Who wants to hear of runs."""

    def __call__(self, event: RunEvent, /) -> None:
        """Hear `event`, in any thread. Never blocks: runs go on behind it."""


_subscribers: list[Subscriber] = []
_lost = 0
_lost_guard = threading.Lock()


def subscribe(subscriber: Subscriber) -> None:
    """Let `subscriber` hear every event of this process; once, however often it is said."""
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)


def unsubscribe(subscriber: Subscriber) -> None:
    """Let `subscriber` hear no more."""
    if subscriber in _subscribers:
        _subscribers.remove(subscriber)


def emit(*news: RunEvent) -> None:
    """Tell `news` once the caller's transaction is committed; a rollback takes them away."""
    if _subscribers:
        transactions.after_commit(lambda: _tell_all(news))


def tell(event: RunEvent) -> None:
    """Tell at once what is committed already."""
    for subscriber in tuple(_subscribers):
        try:
            subscriber(event)
        except Exception:
            logger.exception("A subscriber has failed at %s.", event)


def _tell_all(news: Sequence[RunEvent]) -> None:
    for event in news:
        tell(event)


def note_lost(count: int) -> None:
    """Count news that a subscriber could not pass on."""
    global _lost  # noqa: PLW0603 - the process's count
    with _lost_guard:
        _lost += count


def lost() -> int:
    """Return how many news this process could not pass on since it began."""
    return _lost
