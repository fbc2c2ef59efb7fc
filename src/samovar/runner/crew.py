"""The crew: a worker's slots and all that they share. It knows no Celery.

`prepare` is called while the process has one thread: it takes the worker's lock and forks the
template. `start` brings the threads: ledger, slots, heartbeat, upkeep. At a stop the order is:
claim nothing more, let runs end, hand the rest back, forget the worker, let the tree go.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version

from django.db import Error, connections
from django.utils.translation import gettext as _

from samovar.models import Worker
from samovar.models.fields import uuid7
from samovar.runner.heartbeat import Heartbeat
from samovar.runner.roster import Roster
from samovar.runner.slot import Follower, Shared, Slot
from samovar.runner.template import Template
from samovar.runtime import host
from samovar.runtime.claim import Holder
from samovar.runtime.ledger import LedgerThread
from samovar.runtime.upkeep.lookout import Lookout
from samovar.runtime.upkeep.loop import Upkeep
from samovar.runtime.upkeep.rescuer import DeadWorkers

logger = logging.getLogger(__name__)

JOIN_SECONDS = 3.0
"""How long handing back may take: a kill, the proof that nothing is left, and one commit."""
STEP_SECONDS = 0.1


class NoTables(RuntimeError):
    """The database is not ready for a worker."""


class Crew:
    """Performs runs in `slots` runners at a time; takes `jobs` from `queues`, both by name."""

    def __init__(
        self,
        *,
        name: str,
        slots: int,
        queues: Sequence[str],
        jobs: Sequence[str],
        is_embedded: bool = False,
    ) -> None:
        self.holder = Holder(uuid7(), name, socket.gethostname())
        self._count = slots
        self._queues = tuple(queues)
        self._jobs = tuple(jobs)
        self._is_embedded = is_embedded
        self._is_stopping = False
        self._has_ended = False
        self._ending = threading.Lock()
        self._slots: list[Slot] = []

    def prepare(self) -> None:
        """Take the worker's lock and fork the template. Requires a process with one thread."""
        connections.close_all()
        self._lock = host.hold(self.holder.worker_id)
        self._template = Template.start(self._lock)

    def start(self, follower: Follower, *, on_lost: Callable[[], None]) -> None:
        """Begin: take up what dead workers held, then what waits. Raises NoTables.

        `on_lost` is called, from any thread, when the crew cannot go on: the worker has to stop it
        and to start anew.
        """
        _require_tables()
        self._on_lost = on_lost
        ledger = self._ledger = LedgerThread()
        ledger.start()
        ledger.call(self._register)
        DeadWorkers(ledger, self.holder.worker_id).run_once()
        self._roster = Roster(follower.on_occupancy)
        shared = Shared(
            holder=self.holder,
            queues=self._queues,
            jobs=self._jobs,
            ledger=ledger,
            roster=self._roster,
            template=self._template,
            follower=follower,
            on_begin=lambda: self._heartbeat.call(),  # noqa: PLW0108 - it is made after the slots
            on_lost=self._lose,
        )
        self._slots = [Slot(shared, number) for number in range(1, self._count + 1)]
        self._heartbeat = Heartbeat(ledger, self.holder.worker_id, self._slots, self._register)
        lookout = Lookout(ledger, self._queues, self._jobs, self._roster)
        self._upkeep = Upkeep(ledger, self.holder.worker_id, lookout)
        for slot in self._slots:
            slot.start()
        self._heartbeat.start()
        self._upkeep.start()
        threading.Thread(
            target=self._watch_template, name="samovar-template-watch", daemon=True
        ).start()

    def ring(self, run_id: uuid.UUID) -> bool:
        """Let a resting slot claim the run; False when none rests (then one looks into the ledger
        before it does).
        """
        return self._roster.call(run_id)

    def look(self) -> None:
        """Let all slots look into the ledger."""
        self._roster.call_all()

    def close(self) -> None:
        """Begin no more runs, and let resumable jobs hand theirs back."""
        if not self._is_stopping:
            self._is_stopping = True
            self._roster.close()
            for slot in self._slots:
                slot.hand_back()
            self._ledger.post(self._say_stopping)

    def wait(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> bool:
        """Wait for the runs' ends, at most `seconds` and no longer than `until` is False; answer
        whether all have ended.
        """
        deadline = time.monotonic() + seconds
        while not (is_idle := self._join(STEP_SECONDS)):
            if time.monotonic() > deadline or until():
                break
        return is_idle

    def stop(self) -> None:
        """Hand back what still runs, and end all that belongs to the crew; once, from whichever
        thread comes first.
        """
        with self._ending:
            if not self._has_ended:
                self._has_ended = True
                self._end()

    def _end(self) -> None:
        self.close()
        for slot in self._slots:
            slot.release(_("The worker stops."))
        is_over = self._join(JOIN_SECONDS)
        self._heartbeat.stop()
        self._upkeep.stop()
        if is_over:
            self._ledger.call(self._forget)
        self._ledger.stop()
        self._template.stop()
        if is_over:
            host.leave(self.holder.worker_id, self._lock)

    def _join(self, seconds: float) -> bool:
        """Wait for all slots; answer whether they have ended."""
        deadline = time.monotonic() + seconds
        ended = [slot.join(max(deadline - time.monotonic(), 0)) for slot in self._slots]
        return all(ended)

    def _register(self) -> None:
        Worker.objects.update_or_create(
            pk=self.holder.worker_id,
            defaults={
                "name": self.holder.name,
                "host": self.holder.host,
                "host_key": host.host_key(),
                "pid": os.getpid(),
                "slots": self._count,
                "queues": list(self._queues),
                "jobs": list(self._jobs),
                "version": _version(),
                "is_embedded": self._is_embedded,
                "is_stopping": self._is_stopping,
            },
        )

    def _say_stopping(self) -> None:
        Worker.objects.filter(pk=self.holder.worker_id).update(is_stopping=True)

    def _forget(self) -> None:
        Worker.objects.filter(pk=self.holder.worker_id).delete()

    def _watch_template(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # stopped
            select.select([self._template.fileno()], [], [])
        self._lose()

    def _lose(self) -> None:
        if not self._is_stopping:
            logger.error("The worker has lost a process that it cannot do without; it stops.")
            self._on_lost()


def _require_tables() -> None:
    try:
        Worker.objects.exists()
    except Error as error:
        raise NoTables(
            _(
                "The worker cannot use the database: %(error)s. "
                "Is it there, and migrated (`manage.py migrate`)?"
            )
            % {"error": error}
        ) from error
    finally:
        connections.close_all()


def _version() -> str:
    try:
        return version("samovar")
    except PackageNotFoundError:
        return ""
