"""The heartbeat: the thread that renews a crew's leases, and tells slots what has become of them.

# Note [Two thirds]
While the database is away nothing can be renewed. Another host may take a run up as soon as its
lease has ended, so at two thirds of the lease, counted from when its last renewal was asked for,
the attempts are killed here. A database that is a file has one host alone: there the worker's lock
says that it lives, whoever else takes a run up kills first, and nothing is killed for a late beat.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from django.db import connection

from samovar import conf
from samovar.runner.slot import Slot
from samovar.runtime import beat
from samovar.runtime.ledger import LedgerThread

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often it is asked whether a run that is performed was cancelled."""


class Heartbeat:
    """Renews by one UPDATE all that the slots hold; `register` writes the worker's row."""

    def __init__(
        self,
        ledger: LedgerThread,
        worker_id: uuid.UUID,
        slots: Sequence[Slot],
        register: Callable[[], object],
    ) -> None:
        self._ledger = ledger
        self._worker_id = worker_id
        self._slots = slots
        self._register = register
        self._lease = conf.options().LEASE_SECONDS
        self._is_alone = connection.vendor == "sqlite"
        self._renewed_at = _now()
        self._stopped = threading.Event()
        self._called = threading.Event()
        self._thread = threading.Thread(target=self._work, name="samovar-heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present beat."""
        self._stopped.set()
        self._called.set()
        self._thread.join(self._lease)

    def call(self) -> None:
        """Hear that an attempt begins: while there is none, the heart beats slowly."""
        self._called.set()

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._rest()
            self._hang_up_deaf_wires()
            held = self._held()
            is_due = _now() - self._renewed_at >= self._lease / 3
            if held or is_due:
                self._feel(held, renews=is_due)

    def _rest(self) -> None:
        """Wait for the next beat: soon while runs are performed, else for the next renewal."""
        self._called.clear()
        if self._held():
            self._stopped.wait(LOOK_SECONDS)
        else:
            self._called.wait(self._lease / 3)

    def _held(self) -> list[tuple[Slot, uuid.UUID]]:
        return [(slot, token) for slot in self._slots if (token := slot.token)]

    def _feel(self, held: list[tuple[Slot, uuid.UUID]], *, renews: bool) -> None:
        tokens = [token for _, token in held]
        asked_at = _now()
        if renews:
            pulse = self._ledger.post(lambda: beat.renew(self._worker_id, tokens, self._register))
        else:
            pulse = self._ledger.post(lambda: beat.feel(tokens))
        self._tell(held, self._answer(pulse, held))
        if renews:
            self._renewed_at = asked_at

    def _answer(self, pulse: Future[beat.Pulse], held: list[tuple[Slot, uuid.UUID]]) -> beat.Pulse:
        """Wait for the ledger's answer; kill the attempts when it does not come in time. See
        Note [Two thirds].
        """
        if self._is_alone:
            return pulse.result()
        left = self._renewed_at + self._lease * 2 / 3 - _now()
        try:
            return pulse.result(max(left, 0))
        except TimeoutError:
            self._give_up(held)
        while True:
            # A connection that has gone deaf gives no answer, and never says so.
            self._ledger.hang_up()
            self._hang_up_deaf_wires()
            with contextlib.suppress(TimeoutError):
                return pulse.result(self._lease)

    def _hang_up_deaf_wires(self) -> None:
        for slot in self._slots:
            slot.hang_up_after(self._lease * 2 / 3)

    def _give_up(self, held: list[tuple[Slot, uuid.UUID]]) -> None:
        logger.warning(
            "The leases could not be renewed in time: %s attempts are killed.", len(held)
        )
        for slot, token in held:
            slot.fence(token)

    def _tell(self, held: list[tuple[Slot, uuid.UUID]], pulse: beat.Pulse) -> None:
        for slot, token in held:
            if token not in pulse.held:
                slot.fence(token)
            elif token in pulse.cancelling:
                slot.cancel(token)


def _now() -> float:
    """Return seconds of a clock that nobody sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
