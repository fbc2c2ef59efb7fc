"""The template: a loaded, frozen copy of the worker, made while it has one thread, from which
keepers are forked.

`Template.start` forks it. A worker with threads could not fork safely any more; the template has
one thread for ever.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import threading
import traceback

from samovar.runner import databases, keeper_process, linux, messages, signals
from samovar.runner.keeper import ANSWER_SECONDS, Keeper

_FAILED = 70
PATIENCE_SECONDS = 60.0
"""How long a template that lives may take to fork; a starved machine is slow, and not broken."""


class TemplateGone(RuntimeError):
    """The template has ended: this worker can make no keepers any more, and has to start anew."""


class Template:
    """The worker's handle on its template; any thread may use it."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self._line = line
        self._pidfd = os.pidfd_open(pid)
        self._turn = threading.Lock()

    @classmethod
    def start(cls, lock_fd: int | None = None) -> Template:
        """Fork the template from this process, which must have one thread.

        `lock_fd` is the worker's lock: template and keepers hold it open, so that it is free only
        when all of them have ended. Raises RuntimeError when the process has several threads.
        """
        threads, _memory = linux.threads_and_memory()
        if threads > 1:
            raise RuntimeError(
                f"The template must be forked while the worker has one thread; it has {threads}. "
                "Start it first, and keep modules from starting threads when they are imported "
                "(for numpy set OPENBLAS_NUM_THREADS=1)."
            )
        sys.stdout.flush()
        sys.stderr.flush()
        ours, theirs = messages.pair()
        worker = os.getpid()
        pid = os.fork()
        if pid == 0:
            serve(worker, theirs, lock_fd)
        theirs.close()
        return cls(pid, ours)

    def keeper(self) -> Keeper:
        """Fork a keeper. Raises TemplateGone."""
        with self._turn:
            try:
                messages.send(self._line, {"do": "keeper"})
                received = messages.receive(self._line) if self._answers() else None
            except OSError:
                received = None
        if received is None:
            raise TemplateGone(f"The template (pid {self.pid}) has ended. Restart the worker.")
        message, (line,) = received
        return Keeper(message["keeper"], line)

    def fileno(self) -> int:
        """Return the descriptor that is readable once the template has ended."""
        return self._pidfd

    def alive(self) -> bool:
        """Return whether the template lives."""
        return not select.select([self._pidfd], [], [], 0)[0]

    def stop(self) -> None:
        """End the template, and with it all keepers and runners; wait for the template's end."""
        self._line.close()
        try:
            os.waitpid(self.pid, 0)
        except ChildProcessError:
            select.select([self._pidfd], [], [], ANSWER_SECONDS)
        os.close(self._pidfd)

    def _answers(self) -> bool:
        """Wait for an answer; the end of the template is one, too."""
        return bool(select.select([self._line], [], [], PATIENCE_SECONDS)[0])


def serve(worker: int, line: socket.socket, lock: int | None) -> None:
    """Become the template of the process `worker`, which holds the other end of `line`; never
    returns.
    """
    code = _FAILED
    try:
        _settle_in(worker, line, lock)
        while messages.receive(line) is not None:
            _fork_keeper(line, lock)
        code = 0
    except BaseException:  # noqa: BLE001 - nothing of a template may go on as a worker
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


def _settle_in(worker: int, line: socket.socket, lock: int | None) -> None:
    linux.die_with(worker, signal.SIGKILL)
    os.setsid()
    linux.name_process("samovar-template")
    signals.reset()
    signals.ignore_group()
    # Keepers are reaped by the kernel.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    databases.abandon_inherited()
    linux.let_go_of_descriptors({line.fileno()} | ({lock} if lock is not None else set()))
    gc.collect()
    # What is loaded now is never looked at by the collector again, so it stays shared with all
    # that is forked from here.
    gc.freeze()


def _fork_keeper(line: socket.socket, lock: int | None) -> None:
    ours, theirs = messages.pair()
    template = os.getpid()
    pid = os.fork()
    if pid == 0:
        line.close()
        ours.close()
        _become_keeper(template, theirs, lock)
    theirs.close()
    messages.send(line, {"keeper": pid}, [ours.fileno()])
    ours.close()


def _become_keeper(template: int, line: socket.socket, lock: int | None) -> None:
    code = _FAILED
    try:
        watched = os.pidfd_open(template)
        if os.getppid() == template:
            keeper_process.run(line, watched, lock)
        code = 0
    except BaseException:  # noqa: BLE001 - likewise
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)
