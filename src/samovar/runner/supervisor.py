"""The supervisor: a slot's side of one attempt, from its start to the proof of its end.

It reads all that the runner says (one pipe, one socket, one page), hands it to a recorder, and carries out what others ask
for: cancel, hand back, fence. Whatever happens, an ending is returned only after every line has been read, and an ending
that is not a clean one only after the keeper has proved that nothing of the runner is left.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import select
import signal
import threading
import time
from collections.abc import Callable

from django.utils.translation import gettext as _

from samovar import brand
from samovar.runner.assignment import Assignment, Recorder
from samovar.runner.decoder import Decoder
from samovar.runner.frames import Frame, FrameReader, encode
from samovar.runner.interrupt import CANCEL, SOFT_TIMEOUT
from samovar.runner.keeper import Gone, Keeper, KeeperGone, Runner
from samovar.runner.marks import WORD_BYTES
from samovar.runner.template import Template
from samovar.types import Ending, Fault, Outcome

logger = logging.getLogger(__name__)

BLOCK_BYTES = 65536
PROGRESS_SECONDS = 0.1
REPEAT_SECONDS = 0.5
"""Between two signals of a cancel that the job may have swallowed."""
TERMINATE_SECONDS = 2.0
"""Between SIGTERM and SIGKILL."""
SWEEP_SECONDS = 10.0


class Requests:
    """What others ask of an attempt, from any thread; the strongest counts."""

    def __init__(self) -> None:
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._guard = threading.Lock()
        self.clear()

    def fileno(self) -> int:
        """Return the descriptor that is readable after a request."""
        return self._wake

    def clear(self) -> None:
        """Forget what was asked of the last attempt."""
        self.is_cancelled = False
        self.end: Ending | None = None

    def cancel(self) -> None:
        """Ask the job to stop."""
        self.is_cancelled = True
        os.eventfd_write(self._wake, 1)

    def finish(self, ending: Ending) -> None:
        """Ask for this ending, at once."""
        with self._guard:
            if self.end is None or ending.outcome == Outcome.FENCED:
                self.end = ending
        os.eventfd_write(self._wake, 1)

    def heard(self) -> None:
        """Let the descriptor rest until the next request."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._wake)


class Supervisor:
    """Performs attempts, one after the other; `cancel`, `release` and `fence` come from other threads."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._requests = Requests()
        self._keeper: Keeper | None = None
        self._runner: Runner | None = None

    def prepare(self) -> int:
        """Have a runner ready and return its process id. Raises TemplateGone."""
        self._requests.clear()
        while self._runner is None or self._runner.has_ended():
            self._drop_runner()
            keeper = self._keeper = self._keeper or self._template.keeper()
            try:
                self._runner = keeper.spawn()
            except KeeperGone as error:
                logger.warning("%s Another takes its place.", error)
                self._drop_keeper()
        return self._runner.pid

    def perform(self, assignment: Assignment, recorder: Recorder) -> Ending:
        """Perform one attempt in the runner that `prepare` has named."""
        runner, keeper = self._runner, self._keeper
        if runner is None or keeper is None:
            raise RuntimeError("prepare() comes before perform()")
        watch = Watch(keeper, runner, assignment, recorder, self._requests)
        try:
            ending = watch.follow()
        except KeeperGone as error:
            brand.sweep_brand(assignment.brand)
            watch.drain()
            self._drop_runner()
            self._drop_keeper()
            return Ending(Outcome.LOST, reason=str(error))
        if not watch.is_reusable:
            self._drop_runner()
            with contextlib.suppress(KeeperGone):
                keeper.order()
        return ending

    def cancel(self) -> None:
        """Interrupt the job: the ladder from an exception to SIGKILL."""
        self._requests.cancel()

    def release(self, reason: str) -> None:
        """Kill the attempt because its worker stops; its run is given back."""
        self._requests.finish(Ending(Outcome.RELEASED, reason=reason))

    def fence(self) -> None:
        """Kill the attempt because it is no longer ours."""
        self._requests.finish(Ending(Outcome.FENCED))

    def close(self) -> None:
        """Let runner and keeper end."""
        self._drop_runner()
        self._drop_keeper()
        self._requests.close()

    def _drop_runner(self) -> None:
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _drop_keeper(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None


class Watch:
    """One attempt as it is followed."""

    def __init__(
        self,
        keeper: Keeper,
        runner: Runner,
        assignment: Assignment,
        recorder: Recorder,
        requests: Requests,
    ) -> None:
        self._keeper = keeper
        self._runner = runner
        self._assignment = assignment
        self._recorder = recorder
        self._requests = requests
        self._word = secrets.token_hex(WORD_BYTES // 2)
        self._decoder = Decoder(self._word)
        self._frames = FrameReader()
        self._ending: Frame | None = None
        self._has_hung_up = False
        self._began = time.monotonic()
        self._timers: list[tuple[float, Callable[[], None]]] = []
        self._is_cancelling = False
        self.is_reusable = False

    def follow(self) -> Ending:
        """Start the attempt, follow it to its end, and return that. Raises KeeperGone."""
        self._start()
        poll = select.poll()
        for source in (self._runner.output, self._runner.control, self._keeper, self._requests):
            poll.register(source, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll(1000 * self._pause())}
            if self._runner.output in ready and not self._read():
                poll.unregister(self._runner.output)
            if self._runner.control.fileno() in ready:
                self._listen()
            self._requests.heard()
            self._report()
            if ending := self._end(self._keeper.fileno() in ready):
                return ending
            self._do_what_is_due()

    def drain(self) -> None:
        """Read what is left in the pipe, and the lines that have no newline."""
        while self._read(patient=False):
            pass
        if rest := self._decoder.finish(time.time()):
            self._recorder.lines(rest)
        self._report()

    def _start(self) -> None:
        self._runner.page.begin()
        limits = self._assignment
        if limits.soft_timeout is not None:
            self._in(limits.soft_timeout, lambda: self._runner.interrupt(SOFT_TIMEOUT))
        if limits.timeout is not None:
            self._in(limits.timeout, self._time_out)
        self._runner.control.setblocking(True)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has just died
            self._runner.control.sendall(encode(limits.start_frame(self._word)))
        self._runner.control.setblocking(False)

    def _read(self, *, patient: bool = True) -> bool:
        """Read one block of output; False when there is none, or (patient) when there will be none."""
        try:
            block = os.read(self._runner.output, BLOCK_BYTES)
        except BlockingIOError:
            return patient
        if block and (batches := self._decoder.feed(block, time.time())):
            self._recorder.lines(batches)
        return bool(block)

    def _listen(self) -> None:
        try:
            data = self._runner.control.recv(BLOCK_BYTES)
        except (BlockingIOError, ConnectionResetError):
            return
        self._has_hung_up = not data
        for frame in self._frames.feed(data):
            if "checkpoint" in frame:
                self._recorder.checkpoint(frame["checkpoint"])
            else:
                self._ending = frame

    def _report(self) -> None:
        if (progress := self._runner.page.read()) is not None:
            self._recorder.progress(progress)

    def _end(self, keeper_speaks: bool) -> Ending | None:  # noqa: FBT001 - what was just seen
        """Return the ending when the attempt is over."""
        if self._ending is not None:
            return self._conclude(self._ending["ending"], self._ending["stain"])
        if (asked := self._requests.end) is not None:
            self._keeper.sweep(self._runner, SWEEP_SECONDS)
            self.drain()
            return asked
        if self._has_hung_up or keeper_speaks:
            gone = self._keeper.end_of(self._runner)
            if gone is None and not self._has_hung_up:
                return None
            return self._lost(gone or self._keeper.sweep(self._runner, SWEEP_SECONDS))
        if self._requests.is_cancelled and not self._is_cancelling:
            self._is_cancelling = True
            self._interrupt()
            self._in_from_now(self._assignment.cancel_grace, self._terminate)
        return None

    def _conclude(self, frame: Frame, stain: str) -> Ending:
        """Return the ending that the runner has told; a runner that is not clean is put down first."""
        is_cancelled = self._is_cancelling or self._requests.is_cancelled
        outcome = Outcome.CANCELLED if is_cancelled else Outcome(frame["outcome"])
        self.is_reusable = not stain and outcome not in (Outcome.CANCELLED, Outcome.TIMED_OUT)
        if not self.is_reusable:
            self._keeper.sweep(self._runner, SWEEP_SECONDS)
        self.drain()
        fault = Fault(*frame["fault"]) if frame.get("fault") else None
        return Ending(
            outcome,
            result=frame.get("result"),
            fault=fault,
            retryable=frame.get("retryable", False),
        )

    def _lost(self, gone: Gone) -> Ending:
        self._keeper.sweep(self._runner, 0) if not gone.is_swept else None
        self.drain()
        if self._is_cancelling:
            return Ending(Outcome.CANCELLED, reason=self._how(gone))
        return Ending(Outcome.LOST, reason=self._how(gone))

    def _how(self, gone: Gone) -> str:
        pid = self._runner.pid
        if gone.code is None:
            return _("The runner (pid {pid}) has ended; nobody knows how.").format(pid=pid)
        if gone.code < 0:
            number = -gone.code
            with contextlib.suppress(ValueError):
                name = signal.Signals(number).name
                return _("The runner (pid {pid}) was killed by signal {number} ({name}).").format(
                    pid=pid, number=number, name=name
                )
            return _("The runner (pid {pid}) was killed by signal {number}.").format(
                pid=pid, number=number
            )
        return _(
            "The job ended its process (pid {pid}) with exit code {code} before it returned."
        ).format(pid=pid, code=gone.code)

    def _interrupt(self) -> None:
        self._runner.interrupt(CANCEL)
        self._in_from_now(REPEAT_SECONDS, self._interrupt)

    def _terminate(self) -> None:
        self._keeper.terminate(self._runner)
        self._in_from_now(TERMINATE_SECONDS, self._kill)

    def _kill(self) -> None:
        reason = _("The job did not stop when it was asked to, and was killed.")
        self._requests.finish(Ending(Outcome.CANCELLED, reason=reason))

    def _time_out(self) -> None:
        words = _("The job was killed: it took longer than its timeout of {seconds} s.").format(
            seconds=f"{self._assignment.timeout:g}"
        )
        self._requests.finish(
            Ending(Outcome.TIMED_OUT, fault=Fault("Timeout", words), reason=words, retryable=False)
        )

    def _in(self, seconds: float, step: Callable[[], None]) -> None:
        self._timers.append((self._began + seconds, step))

    def _in_from_now(self, seconds: float, step: Callable[[], None]) -> None:
        self._timers.append((time.monotonic() + seconds, step))

    def _do_what_is_due(self) -> None:
        now = time.monotonic()
        due = [step for at, step in self._timers if at <= now]
        self._timers = [(at, step) for at, step in self._timers if at > now]
        for step in due:
            step()

    def _pause(self) -> float:
        """Return the seconds until something is due; progress is looked at often while a job runs."""
        nearest = min((at for at, _ in self._timers), default=float("inf"))
        return max(0.0, min(PROGRESS_SECONDS, nearest - time.monotonic()))
