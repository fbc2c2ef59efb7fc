"""The runner: the process in which attempts run, in its main thread, one after the other.

Its descriptors are standard input (nothing), one pipe for standard output and error, the socket to
its supervisor, and the progress page. It ends when the supervisor's end of the socket is closed,
and with its keeper.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
import threading

from django.utils.translation import gettext as _

from samovar import brand
from samovar.runner import attempt, databases, interrupt, linux, signals
from samovar.runner.capture import Capture
from samovar.runner.cleanliness import Cleanliness, reseed
from samovar.runner.frames import Frame, FrameReader, encode
from samovar.runner.interrupt import shield
from samovar.runner.log_handler import LoggingSetup
from samovar.runner.page import PageWriter

_PIECE = 65536


class Runner:
    """Serves attempts until its supervisor hangs up."""

    def __init__(self, control: socket.socket, page: int) -> None:
        self._control = control
        self._socket = os.fstat(control.fileno()).st_ino
        self._frames = threading.Lock()
        self._page = PageWriter(page)
        self._capture = Capture()
        self._logging = LoggingSetup(self._capture.records)
        self._cleanliness = Cleanliness(self._capture)

    def serve(self) -> None:
        """Perform what the supervisor sends."""
        reader = FrameReader()
        while data := self._control.recv(_PIECE):
            for start in reader.feed(data):
                self._perform(start)

    def _perform(self, start: Frame) -> None:
        brand.wear(start["brand"])
        self._cleanliness.begin()
        self._logging.begin()
        self._capture.begin(start["word"])
        self._page.begin()
        ending = attempt.perform(start, self._page, self._send, self._capture)
        self._send({"ending": ending, "stain": self._cleanliness.stain()})

    def _send(self, frame: Frame) -> None:
        with shield, self._frames:
            self._require_control()
            self._control.sendall(encode(frame))

    def _require_control(self) -> None:
        """Raise OSError when the job has closed our socket: its number may be a file by now."""
        try:
            is_ours = os.fstat(self._control.fileno()).st_ino == self._socket
        except OSError:
            is_ours = False
        if not is_ours:
            raise OSError(
                _("The job has closed descriptors that it did not open, and its runner needs.")
            )


def run(*, keeper: int, control: socket.socket, page: int, output: int) -> None:
    """Become a runner; called in a process that the keeper has just forked. Returns when the
    supervisor hangs up.
    """
    os.setsid()
    linux.die_with(keeper, signal.SIGKILL)
    linux.become_subreaper()
    linux.name_process("samovar-runner")
    signals.reset()
    interrupt.install()
    _redirect(output)
    # A crash of the interpreter leaves its own traceback in the log.
    faulthandler.enable(file=2)
    databases.end_queries_with_process()
    reseed()
    Runner(control, page).serve()


def _redirect(output: int) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(output)
