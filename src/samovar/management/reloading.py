"""The reloader: the parent of the serving process, which starts it again when the code has
changed.

It does what Django's own does (exit code 3 of the child means "start again"), and three things
more. SIGTERM and SIGINT are passed on, and the child's end is waited for: Django's would kill the
child before it can stop its worker. A child that does not end is killed. And when the reloader is
killed, so is its child, by the kernel.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from types import FrameType

from django.utils import autoreload

from samovar.runner import linux

STOP_SECONDS = 15.0
START_AGAIN = 3
_PARENT = "SAMOVAR_RELOADER_PID"


def is_child() -> bool:
    """Return whether this process is one that the reloader has started."""
    return os.environ.get(autoreload.DJANGO_AUTORELOAD_ENV) == "true"


def follow_parent() -> None:
    """Have this process killed when its reloader ends."""
    parent = os.environ.pop(_PARENT, "")
    if parent and sys.platform == "linux":
        linux.die_with(int(parent), signal.SIGKILL)


class Reloader:
    """Runs the serving process, again and again."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._received: signal.Signals | None = None

    def run(self) -> int:
        """Return the exit code once the serving process has ended for good."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._pass_on)
        signal.signal(signal.SIGALRM, self._kill)
        while True:
            code = self._serve()
            if code != START_AGAIN or self._received:
                return 0 if self._received else code

    def _serve(self) -> int:
        environ = {
            **os.environ,
            autoreload.DJANGO_AUTORELOAD_ENV: "true",
            _PARENT: str(os.getpid()),
        }
        self._child = subprocess.Popen(
            autoreload.get_child_arguments(), env=environ, close_fds=False
        )
        if self._received:  # it came while the child was being started
            self._child.send_signal(self._received)
        return self._child.wait()

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self._received = signal.Signals(number)
        signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)
        if self._child is not None:
            self._child.send_signal(number)

    def _kill(self, _number: int, _frame: FrameType | None) -> None:
        if self._child is not None:
            self._child.kill()
