"""The steward: a small process between `runserver` and its embedded worker, which starts the
worker and starts it again.

It is forked from the loaded serving process while that has one thread, so it shares nearly all of
its memory, and it stays single-threaded, so it can fork a worker at any time: a worker that was
killed is back within a fraction of a second.

# Note [Lifelines]
A process that must not outlive another holds the reading end of a pipe whose only writing end is
the other's. However that one ends, the kernel closes its end, and the reader sees it. The serving
process holds one for the steward, the steward one for the worker.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from django.db import connections
from django.utils.translation import gettext as _

from samovar.runner import linux

STOP_SECONDS = 5.0
"""How long the worker may take to hand its runs back when the server stops."""
TAKE_OVER_SECONDS = 0.5
"""How often it is looked whether the data folder's worker has gone."""
FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS = 0.05, 5.0, 10.0
"""Seconds before a dead worker is started again: doubled with each, and from the first when one
has lived for a while.
"""

_GO = b"g"


class Steward:
    """The serving process's side."""

    def __init__(self, pid: int, lifeline: int) -> None:
        self.pid = pid
        self.is_let_go = False
        self._lifeline = lifeline

    @classmethod
    def start(cls, lock: Path, perform: Callable[[int], None]) -> Steward:
        """Fork the steward. Call it while the process has one thread.

        `perform(lifeline)` is the worker's whole life; it has to end soon after `lifeline` reads
        end-of-file. Only one steward at a time holds `lock` and has a worker; another waits for
        it. No worker is started before `go`.
        """
        connections.close_all()
        gc.collect()
        gc.freeze()
        watched, lifeline = os.pipe()
        if pid := os.fork():
            os.close(watched)
        else:
            os.close(lifeline)
            _become_steward(watched, lock, perform)
        return cls(pid, lifeline)

    def go(self) -> None:
        """Let the worker start: the site is served, so the database is fit for use."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._lifeline, _GO)

    def wait(self) -> None:
        """Wait for the steward's end, which it does not come to by itself."""
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)

    def let_go(self) -> None:
        """Tell the worker to hand its runs back and end; do not wait for it."""
        if not self.is_let_go:
            self.is_let_go = True
            os.close(self._lifeline)

    def stop(self) -> None:
        """Let go, and wait for the worker's end, for a while."""
        self.let_go()
        descriptor = os.pidfd_open(self.pid)
        if not select.select([descriptor], [], [], STOP_SECONDS)[0]:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)
        os.waitpid(self.pid, 0)


def _become_steward(watched: int, lock: Path, perform: Callable[[int], None]) -> NoReturn:
    """Live as the steward, and end."""
    code = 1
    try:
        os.setsid()  # a Ctrl-C is the serving process's to pass on
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        linux.name_process("samovar-steward")
        _Keep(watched, lock, perform).run()
        code = 0
    finally:
        os._exit(code)


class _Keep:
    """The steward's own side."""

    def __init__(self, watched: int, lock: Path, perform: Callable[[int], None]) -> None:
        self._watched = watched
        self._lock = lock
        self._perform = perform

    def run(self) -> None:
        """Keep one worker alive until the serving process ends."""
        if os.read(self._watched, 1) != _GO or not self._take_the_lock():
            return
        pause = FIRST_PAUSE
        while True:
            started = time.monotonic()
            pid, lifeline = self._fork_worker()
            is_over = self._wait_for(pid)
            os.close(lifeline)
            os.waitpid(pid, 0)
            if is_over:
                return
            if time.monotonic() - started > STEADY_SECONDS:
                pause = FIRST_PAUSE
            _say(_("The worker has ended; it is started again."))
            if self._is_over_within(pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE)

    def _take_the_lock(self) -> bool:
        """Become the one whose worker this data folder has; answer False when the server ended
        before.
        """
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        waited = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self._is_over_within(TAKE_OVER_SECONDS):
                    return False
                if not waited:
                    _say(
                        _(
                            "Another server has the worker of this data folder; "
                            "this one takes over when that ends."
                        )
                    )
                waited = True
            else:
                return True

    def _fork_worker(self) -> tuple[int, int]:
        """Return the worker's pid and our end of its lifeline."""
        watched, lifeline = os.pipe()
        if pid := os.fork():
            os.close(watched)
        else:
            os.close(lifeline)
            self._become_worker(watched)
        return pid, lifeline

    def _become_worker(self, watched: int) -> NoReturn:
        try:
            linux.name_process("samovar-worker")
            self._perform(watched)
        except SystemExit as end:
            if isinstance(end.code, str):
                _say(end.code)
        except BaseException:  # noqa: BLE001 - nothing of a worker may go on as a steward
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)

    def _wait_for(self, pid: int) -> bool:
        """Wait until the worker ends, or the server; answer whether it was the server."""
        descriptor = os.pidfd_open(pid)
        try:
            ready, _write, _other = select.select([descriptor, self._watched], [], [])
        finally:
            os.close(descriptor)
        return self._watched in ready

    def _is_over_within(self, seconds: float) -> bool:
        return bool(select.select([self._watched], [], [], seconds)[0])


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
