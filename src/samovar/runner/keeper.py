"""The worker's handle on a keeper: how a supervisor gets runners, and the proof that they are
gone.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from dataclasses import dataclass

from samovar.runner import messages
from samovar.runner.page import PageReader

ANSWER_SECONDS = 10.0
"""A fork takes two milliseconds; a keeper that takes so long is as good as dead."""


class KeeperGone(RuntimeError):
    """The keeper has ended, or does not answer."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The proven end of a runner: nothing of it is left.

    `code` is its exit code, negative for a signal, None when nobody could tell. `memory` is its
    peak in bytes.
    """

    code: int | None = None
    memory: int = 0


class Runner:
    """The supervisor's ends of one runner."""

    def __init__(self, pid: int, control: int, output: int, page: int, pidfd: int) -> None:
        self.pid = pid
        self.control = socket.socket(fileno=control)
        self.control.setblocking(False)
        self.output = output
        os.set_blocking(output, False)
        self.page = PageReader(page)
        os.close(page)
        self.pidfd = pidfd
        self.is_killed = False

    def interrupt(self, number: int) -> None:
        """Send a signal to the runner's process alone; nothing when it has ended."""
        try:
            signal.pidfd_send_signal(self.pidfd, number)
        except ProcessLookupError:
            return

    def kill(self) -> None:
        """Kill the runner's process alone; the keeper then sees to what it has started."""
        self.is_killed = True
        self.interrupt(signal.SIGKILL)

    def has_ended(self) -> bool:
        """Return whether the process has ended."""
        return bool(_readable(self.pidfd, 0))

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the process; False when it did not come."""
        return bool(_readable(self.pidfd, seconds))

    def close(self) -> None:
        """Give up all ends; an idle runner ends by it."""
        self.control.close()
        os.close(self.output)
        self.page.close()
        os.close(self.pidfd)


class Keeper:
    """One slot's keeper. Only the slot's thread may use it."""

    def __init__(self, pid: int, line: int) -> None:
        self.pid = pid
        self._line = socket.socket(fileno=line)
        self._gone: dict[int, Gone] = {}
        self._resists = False
        self._runner: Runner | None = None
        self._is_ordered = False

    def fileno(self) -> int:
        """Return the descriptor that is readable when the keeper has something to say."""
        return self._line.fileno()

    def order(self) -> None:
        """Ask for a runner without waiting for it; `spawn` takes it."""
        if not self._is_ordered:
            self._ask({"do": "spawn"})
            self._is_ordered = True

    def spawn(self) -> Runner:
        """Return a fresh runner. Raises KeeperGone."""
        self.order()
        self._gone.clear()
        end = time.monotonic() + ANSWER_SECONDS
        while self._runner is None:
            self._take(end - time.monotonic())
        runner, self._runner = self._runner, None
        self._is_ordered = False
        return runner

    def terminate(self, runner: Runner) -> None:
        """Send SIGTERM to the runner and what shares its process group."""
        self._ask({"do": "terminate", "pid": runner.pid})

    def sweep(self, runner: Runner, seconds: float) -> Gone | None:
        """Kill a runner and all that it started; return how it ended, None when something has
        resisted for `seconds`. Raises KeeperGone.
        """
        self._resists = False
        self._ask({"do": "sweep", "pid": runner.pid, "seconds": seconds})
        end = time.monotonic() + seconds + ANSWER_SECONDS
        while runner.pid not in self._gone and not self._resists:
            self._take(end - time.monotonic())
        return self._gone.pop(runner.pid, None)

    def end_of(self, runner: Runner) -> Gone | None:
        """Return how a runner ended that was not swept; None while it lives. Raises KeeperGone."""
        while runner.pid not in self._gone and _readable(self.fileno(), 0):
            self._take(0)
        return self._gone.pop(runner.pid, None)

    def close(self) -> None:
        """Let the keeper sweep what is left and end."""
        if self._runner is not None:
            self._runner.close()
        self._line.close()

    def _ask(self, message: messages.Message) -> None:
        try:
            messages.send(self._line, message)
        except OSError as error:
            raise KeeperGone(f"The keeper (pid {self.pid}) has ended.") from error

    def _take(self, seconds: float) -> None:
        """Take one message, which comes within `seconds`."""
        if not _readable(self.fileno(), seconds):
            raise KeeperGone(f"The keeper (pid {self.pid}) does not answer.")
        received = messages.receive(self._line)
        if received is None:
            raise KeeperGone(f"The keeper (pid {self.pid}) has ended.")
        message, descriptors = received
        if "spawned" in message:
            self._runner = Runner(message["spawned"], *descriptors)
        elif "gone" in message:
            self._gone[message["gone"]] = Gone(message["code"], message["memory"])
        else:
            self._resists = True


def _readable(descriptor: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, seconds) * 1000))
