"""Whether a runner may serve another attempt, and the state of the process that each attempt
finds.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from samovar.runner import databases, linux, signals
from samovar.runner.capture import Capture
from samovar.runner.traits import Traits

MOST_GROWTH = 512 * 1024 * 1024
"""Bytes of RAM that a runner may have gained since its start."""


class Cleanliness:
    """Remembers how the process was when it started."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._signals = signals.snapshot()
        self._folder = os.getcwd()  # noqa: PTH109 - a text, to compare with
        self._environment = dict(os.environ)
        self._variables = dict(_variables())
        self._umask = os.umask(0o022)
        self._traits = Traits()
        _, self._memory = linux.threads_and_memory()

    def begin(self) -> None:
        """Undo what an attempt may have changed: signals, timers, umask, working folder,
        environment.
        """
        signals.restore(self._signals)
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.umask(self._umask)
        if _variables() != self._variables:
            os.environ.clear()
            os.environ.update(self._environment)
        os.chdir(self._folder)

    def stain(self) -> str:
        """Return what is not clean after an attempt, in a few words for the worker's log; "" when
        all is.
        """
        try:
            return self._stain()
        except OSError as error:
            # As when the job has used up all descriptors.
            return f"nobody can look at it ({error})"

    def _stain(self) -> str:
        if not databases.leave_clean():
            return "a transaction was left open"
        if not self._capture.is_whole():
            return "a standard stream was replaced"
        threads, memory = linux.threads_and_memory()
        if threads > 1:
            return f"{threads - 1} threads are left"
        _reap()
        if linux.has_children():
            return "processes are left"
        if (gained := memory - self._memory) > MOST_GROWTH:
            return f"it has grown by {gained >> 20} MiB"
        return self._traits.changed()


def reseed() -> None:
    """Give numpy's global generator a start of its own: its state was copied from the template."""
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()


def _variables() -> Any:
    """Return the environment as the system has it: nothing has to be decoded to compare it."""
    return vars(os.environ)["_data"]


def _reap() -> None:
    """Take leave of children that have ended, which the job started and did not wait for."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
