"""The keeper: the process that forks a slot's runner and proves that nothing of it is left.

It serves one supervisor over a line of messages: `spawn` (answered by `spawned` with the
supervisor's ends), `terminate`, `sweep`. For each runner there is one `gone`, whether it was swept
or ended by itself, and none before nothing of it is left; until then each sweep that did not come
through is answered by `resists`. The keeper ignores what a terminal or an operator sends to the
whole group; it ends when the worker or the template does, after a last sweep.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import sys
import traceback

from samovar.runner import linux, messages, process
from samovar.runner.page import new_page
from samovar.runner.sweep import Reaper, sweep

PIPE_BYTES = 1 << 20
"""As much as a job may print ahead of its supervisor; the most that ordinary users may have."""
SWEEP_SECONDS = 2.0
"""How long in a row what a runner left that ended by itself is swept for."""
LAST_SWEEP_SECONDS = 60.0

_FAILED = 70


class Keeper:
    """One keeper's state: at most one runner at a time."""

    def __init__(self, line: socket.socket, template: int, lock: int | None) -> None:
        self._line = line
        self._template = template
        self._lock = lock
        self._runner = 0
        self._pidfd = -1
        self._reaper = Reaper()
        self._poll = select.poll()

    def serve(self) -> None:
        """Do what the supervisor asks until worker or template are gone, then sweep for the last
        time.
        """
        self._poll.register(self._line, select.POLLIN)
        self._poll.register(self._template, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in self._poll.poll()]
            if self._template in ready:
                break
            if self._pidfd in ready:
                self._lay_to_rest(SWEEP_SECONDS)
            if self._line.fileno() in ready and not self._obey():
                break
        self._lay_to_rest(LAST_SWEEP_SECONDS)

    def _obey(self) -> bool:
        """Do one request; False when nobody will ask any more."""
        received = messages.receive(self._line)
        if received is None:
            return False
        request = received[0]
        if request["do"] == "spawn":
            self._spawn()
        elif request["pid"] != self._runner:
            pass  # it has been reported already
        elif request["do"] == "terminate":
            # Until we reap it, the number is the runner's.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._runner, signal.SIGTERM)
        else:
            self._lay_to_rest(request["seconds"])
        return True

    def _spawn(self) -> None:
        output, inner_output = os.pipe()
        with contextlib.suppress(OSError):  # the user has too many large pipes
            fcntl.fcntl(output, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        control, inner_control = socket.socketpair()
        page = new_page()
        keeper = os.getpid()
        pid = os.fork()
        if pid == 0:
            control.close()
            os.close(output)
            self._become_runner(keeper, inner_control, page, inner_output)
        inner_control.close()
        os.close(inner_output)
        self._runner = pid
        self._pidfd = os.pidfd_open(pid)
        self._poll.register(self._pidfd, select.POLLIN)
        ends = (control.fileno(), output, page, self._pidfd)
        self._tell({"spawned": pid}, ends)
        control.close()
        os.close(output)
        os.close(page)

    def _become_runner(self, keeper: int, control: socket.socket, page: int, output: int) -> None:
        """Go on as the runner, without anything of the keeper's; never returns."""
        try:
            self._line.close()
            os.close(self._template)
            if self._lock is not None:
                os.close(self._lock)
            process.run(keeper=keeper, control=control, page=page, output=output)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - nothing of a runner may go on as a keeper
            traceback.print_exc(file=sys.__stderr__)
            os._exit(_FAILED)

    def _lay_to_rest(self, seconds: float) -> None:
        """Sweep all that is left of the runner, and say how it ended; or that something resists,
        and may be swept again.
        """
        is_swept = sweep(self._reaper, seconds=seconds)
        if not self._runner:
            return
        if not is_swept:
            self._tell({"resists": self._runner})
            return
        code, memory = self._reaper.take_end(self._runner)
        self._poll.unregister(self._pidfd)
        os.close(self._pidfd)
        gone = {"gone": self._runner, "code": code, "memory": memory}
        self._runner, self._pidfd = 0, -1
        self._tell(gone)

    def _tell(self, message: messages.Message, descriptors: tuple[int, ...] = ()) -> None:
        with contextlib.suppress(OSError):  # the worker has gone: end-of-file comes next
            messages.send(self._line, message, descriptors)


def run(line: socket.socket, template: int, lock: int | None) -> None:
    """Become a keeper; called in a process that the template (its pidfd) has just forked. Returns
    at the end.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    linux.become_subreaper()
    linux.name_process("samovar-keeper")
    Keeper(line, template, lock).serve()
