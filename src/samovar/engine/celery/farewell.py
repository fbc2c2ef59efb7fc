"""The farewell: a worker that was told to stop ends in time, whatever holds up Celery's loop.

Celery stops its worker from the main thread. That thread may be waiting for a broker that answers
nothing, for longer than anybody who stops a worker waits. So a thread of our own hears the signals
too: it lets the runs end or hands them back, and when the main thread has not ended the process by
then, it does.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NoReturn

from celery.worker import state as worker_state

from samovar import conf
from samovar.engine.celery.task import JobTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from samovar.runner.crew import Crew

logger = logging.getLogger(__name__)

STOPS = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}
SLACK_SECONDS = 0.7
"""How long after the grace the main thread may take to end the process by itself."""
HAND_BACK_SECONDS = 4.0
"""How long after the grace the runs may take to be handed back, by a database that is slow."""
STEP_SECONDS = 0.05


class Farewell:
    """Hears the process's signals, by the descriptor that Python writes their numbers to."""

    def __init__(self, crew: Crew, wake: Callable[[], None]) -> None:
        self._crew = crew
        self._wake = wake
        self._ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)
        self._has_begun = False

    def start(self) -> None:
        """Begin to listen. Requires the main thread."""
        signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._listen, name="samovar-signals", daemon=True).start()

    def _listen(self) -> None:
        while numbers := self._ours.recv(64):
            # Python runs the handler, but a loop that waits for the broker goes on waiting.
            self._wake()
            if STOPS.intersection(numbers) and not self._has_begun:
                self._has_begun = True
                threading.Thread(target=self._say, name="samovar-farewell", daemon=True).start()

    def _say(self) -> None:
        grace = conf.options().STOP_GRACE_SECONDS
        end = time.monotonic() + grace + SLACK_SECONDS
        last = threading.Thread(target=see_off, args=[self._crew, grace], daemon=True)
        last.start()
        last.join(grace + HAND_BACK_SECONDS)
        if last.is_alive():
            logger.error(
                "Runs could not be handed back, the database does not answer; the worker ends, "
                "and others take them up."
            )
            _end(1)
        while time.monotonic() < end or _plain_tasks():
            time.sleep(STEP_SECONDS)
        logger.warning("The main thread waits for the broker; the worker ends without it.")
        _end(0)


def _end(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def see_off(crew: Crew, grace: float) -> None:
    """Let the crew's runs go on for `grace` seconds, then hand them back. SIGQUIT, or a second
    Ctrl-C, ends the grace.
    """
    crew.close()
    crew.wait(grace, until=_is_cold)
    crew.stop()
    gc.freeze()  # else the interpreter collects for half a second before it ends


def _is_cold() -> bool:
    return worker_state.should_terminate not in (None, False)


def _plain_tasks() -> list[Any]:
    """Return the plain tasks that Celery lets end, for as long as they take."""
    return [
        request
        for request in worker_state.active_requests
        if not isinstance(request.task, JobTask)
    ]
