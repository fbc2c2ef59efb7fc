"""The pusher: the thread of a process that sends news to Centrifugo, so that no run waits for it.

It is only told which runs have news, and reads them in the ledger itself: so what it sends is
committed, is what every other transport sends, and nothing waits in memory but ids. What
Centrifugo does not take is dropped and counted: viewers find the gap by the lines' numbers and
read the ledger. How a run stands is told again once Centrifugo is back.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection

from samovar.live.centrifugo import Api, Message, NotPushed
from samovar.live.told import Told
from samovar.models import Run, RunState
from samovar.runtime import events, tally
from samovar.runtime.events import RunEvent, RunMoved, RunSaid, RunSubmitted

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Sequence

logger = logging.getLogger(__name__)

ROOM = 4096
"""How many runs with news, and how many messages of apps, may wait."""
RUNS_A_ROUND = 64
REMEMBERED = 256
BATCH_BYTES = 256 * 1024
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
"""Seconds until the next try after a failure; twice as long after each."""
IDLE_SECONDS = 10.0
"""After so long without news the connection to the database is given back."""


class Pusher:
    """A thread, and the runs whose news wait for it."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._changed = threading.Condition()
        self._due: dict[uuid.UUID, RunEvent] = {}
        self._messages: list[Message] = []
        self._told: dict[uuid.UUID, Told] = {}
        self._over: OrderedDict[uuid.UUID, None] = OrderedDict()
        self._is_busy = False
        self._is_stopped = False
        self._pause = 0.0
        self._lost = events.lost()
        self._thread = threading.Thread(target=self._work, name="samovar-pusher", daemon=True)
        self._thread.start()

    def hear(self, event: RunEvent) -> None:
        """Take note that a run has news. Never blocks."""
        if isinstance(event, RunSubmitted):
            return  # nobody watches it yet
        with self._changed:
            before = self._due.get(event.run_id)
            if before is None and not self._is_wanted(event):
                return
            if before is not None and event.run_id not in self._told:
                # Nothing was told yet: it begins with the first that is due.
                event = RunEvent(event.run_id, event.job, event.attempt, before.after)
            self._due[event.run_id] = event
            self._changed.notify()

    def send(self, message: Message) -> None:
        """Take a message that is ready; drops it when too many wait. Never blocks."""
        with self._changed:
            if len(self._messages) >= ROOM:
                events.note_lost(1)
                return
            self._messages.append(message)
            self._changed.notify()

    def drain(self, seconds: float) -> bool:
        """Wait until nothing waits, at most so long; return whether that is so."""
        with self._changed:
            return self._changed.wait_for(self._is_quiet, seconds)

    def stop(self, seconds: float) -> None:
        """Send what waits, at most so long, then end."""
        self.drain(seconds)
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        self._thread.join(seconds)

    def _is_wanted(self, event: RunEvent) -> bool:
        """Return whether to tell of a run that does not wait yet."""
        is_known = event.run_id in self._told
        is_aside = isinstance(event, RunSaid) or (
            isinstance(event, RunMoved) and event.state == RunState.CANCELLING
        )
        if is_aside and not is_known:
            return False  # its end is told already
        if len(self._due) >= ROOM:
            events.note_lost(1)
            return False
        return True

    def _is_quiet(self) -> bool:
        return not (self._due or self._messages or self._is_busy)

    def _work(self) -> None:
        try:
            while (work := self._next()) is not None:
                try:
                    self._round(*work)
                except Exception:
                    logger.exception("News could not be pushed; it goes on.")
                self._count_lost()
        finally:
            self._api.close()
            _drop_connection()

    def _next(self) -> tuple[list[RunEvent], list[Message]] | None:
        """Wait for news; None is the end."""
        with self._changed:
            self._is_busy = False
            self._changed.notify_all()
            if self._pause:
                self._changed.wait_for(lambda: self._is_stopped, self._pause)
            while not (self._due or self._messages or self._is_stopped):
                if not self._changed.wait(IDLE_SECONDS):
                    _drop_connection()
                    self._changed.wait()
            if self._is_stopped:
                return None
            self._is_busy = True
            due = [self._due.pop(key) for key in list(itertools.islice(self._due, RUNS_A_ROUND))]
            messages, self._messages = self._messages, []
            return due, messages

    def _round(self, due: list[RunEvent], messages: list[Message]) -> None:
        """Push `messages`, and the news of the runs that are `due`."""
        try:
            rows = Run.objects.in_bulk([event.run_id for event in due]) if due else {}
            for event in due:
                if run := rows.get(event.run_id):
                    messages.extend(self._news(event, run))
        except DatabaseError as error:
            logger.warning("The ledger could not be read for live pages: %s", error)
            _drop_connection()
            self._again(due)
            return
        try:
            self._push(messages)
        except NotPushed as error:
            self._fail(error, due, len(messages))
            return
        if self._pause:
            logger.info("Centrifugo takes news again.")
        self._pause = 0.0
        self._put_back([event for event in due if self._is_behind(event)])

    def _news(self, event: RunEvent, run: Run) -> Iterator[Message]:
        told = self._told.get(event.run_id)
        if told is None or (told.is_over and event.attempt > told.attempt):
            told = self._told[event.run_id] = Told(event)
        told.hear(event)
        for news in told.news(run):
            yield Message.of(f"run:{run.pk}", news.name, news.position, news.data)

    def _is_behind(self, event: RunEvent) -> bool:
        """Return whether the ledger holds more of the run. One that is told to its end is kept in
        mind for a while: an event of its end may still come.
        """
        told = self._told.get(event.run_id)
        if told is not None and told.is_over:
            self._over[event.run_id] = None
            if len(self._over) > REMEMBERED:
                oldest, _ = self._over.popitem(last=False)
                if (last := self._told.get(oldest)) and last.is_over:
                    del self._told[oldest]
        return told is not None and told.is_behind

    def _push(self, messages: list[Message]) -> None:
        for batch in _batches(messages):
            wrong = self._api.publish(batch)
            if wrong:
                events.note_lost(len(wrong))
                logger.error("Centrifugo refused messages: %s", "; ".join(wrong[:3]))

    def _fail(self, error: Exception, due: list[RunEvent], count: int) -> None:
        events.note_lost(count)
        if not self._pause:
            logger.warning("Centrifugo takes no news, pages read the ledger meanwhile: %s", error)
        for event in due:
            if told := self._told.get(event.run_id):
                told.forget()
        self._again(due)

    def _again(self, due: list[RunEvent]) -> None:
        """Try later, and each time later still."""
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        self._put_back(due)

    def _count_lost(self) -> None:
        """Let the ledger know what was lost, unless a worker's tally does."""
        lost = events.lost()
        if lost == self._lost:
            return
        try:
            if not tally.is_kept():
                tally.write_lost(lost - self._lost)
        except DatabaseError:
            _drop_connection()  # the next round counts them
            return
        self._lost = lost

    def _put_back(self, due: list[RunEvent]) -> None:
        with self._changed:
            for event in due:
                self._due.setdefault(event.run_id, event)


def _batches(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Part the messages into bodies of about BATCH_BYTES."""
    batch: list[Message] = []
    size = 0
    for message in messages:
        batch.append(message)
        size += len(message.body)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _drop_connection() -> None:
    with contextlib.suppress(DatabaseError):
        connection.close()
