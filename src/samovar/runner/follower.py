"""Following one attempt: everything that the runner says goes to the recorder, in order, until it
is over.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import select
import time
from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from samovar.models.ladder import LadderStep
from samovar.runner import interrupt
from samovar.runner.assignment import Assignment, Recorder
from samovar.runner.decoder import Decoder
from samovar.runner.endings import Observed
from samovar.runner.frames import Frame, FrameReader, encode
from samovar.runner.keeper import Keeper, Runner
from samovar.runner.marks import WORD_BYTES
from samovar.runner.orders import Order, Orders
from samovar.runner.timeline import Step, Timeline
from samovar.types import Batch, Stream

logger = logging.getLogger(__name__)

BLOCK_BYTES = 65536
BLOCKS_IN_A_ROW = 16
"""Then the others have their turn."""
PROGRESS_SECONDS = 0.1
CHECKPOINT_SECONDS = 0.25
GATHER_SECONDS = 0.001
"""While lines come thick, they are let gather for so long: a read for each line would cost more
than the line.
"""
_THICK_SECONDS = 0.003

_SIGNALS = {Step.CANCEL: interrupt.CANCEL, Step.SOFT_TIMEOUT: interrupt.SOFT_TIMEOUT}


class Follower:
    """Follows one attempt in its runner."""

    def __init__(
        self,
        assignment: Assignment,
        runner: Runner,
        keeper: Keeper,
        orders: Orders,
        recorder: Recorder,
    ) -> None:
        self.seen = Observed(runner.pid)
        self._stain = ""
        self._is_interrupted = False
        self._assignment = assignment
        self._runner = runner
        self._keeper = keeper
        self._orders = orders
        self._recorder = recorder
        word = secrets.token_hex(WORD_BYTES // 2)
        self._decoder = Decoder(word)
        self._frames = FrameReader()
        self._unsent = memoryview(encode(assignment.start_frame(word)))
        self._timeline = Timeline()
        self._saved: dict[str, str] = {}
        self._read_at = self._saved_at = 0.0
        self._is_over = False
        self._has_complained = False
        self._poll = select.poll()
        self._poll_others = select.poll()
        self._on: dict[int, Callable[[], object]] = {
            runner.output: self._read_output,
            runner.control.fileno(): self._speak,
            keeper.fileno(): self._look_for_end,
            orders.fileno(): self._obey,
        }

    def follow(self) -> None:
        """Start the job, and return when its runner has said its last word, has ended, or must be
        killed.

        Raises KeeperGone.
        """
        self._listen()
        self._runner.page.begin()
        self._plan()
        self._obey()
        self._send()
        while not self._is_over:
            wait = self._timeline.wait(time.monotonic(), PROGRESS_SECONDS)
            for descriptor in self._ready(wait):
                self._on[descriptor]()
            self._take_steps()
            self._pass_on()

    def finish(self) -> None:
        """Hand over all that the attempt has left: nothing writes any more."""
        self._drain()
        self._hand_over(self._decoder.finish(time.time()))
        self._read_frames()
        self._saved_at = 0.0
        self._pass_on()

    def complain(self, pids: Sequence[int]) -> None:
        """Say, once, why the attempt does not end although it has been killed."""
        if self._has_complained:
            return
        self._has_complained = True
        named = ", ".join(map(str, pids)) or str(self._runner.pid)
        words = _(
            "Something of this attempt cannot be killed (process {pids}). The run waits until the "
            "system has ended it."
        ).format(pids=named)
        logger.error("Run %s: %s", self._assignment.run_id, words)
        self._drain()
        self._say(words, "error")

    def stain(self) -> str:
        """Return why the runner cannot serve another attempt; "" when it can."""
        if self.seen.frame is None or self.seen.gone is not None:
            return "it has not come to its own end"
        if self._is_interrupted or self.seen.order.order is not Order.NONE:
            # A signal may still be on its way.
            return "it was interrupted"
        return self._stain

    def _listen(self) -> None:
        for descriptor in self._on:
            self._poll.register(descriptor, select.POLLIN)
            if descriptor != self._runner.output:
                self._poll_others.register(descriptor, select.POLLIN)

    def _ready(self, wait: float) -> list[int]:
        """Wait until somebody speaks. See GATHER_SECONDS."""
        ready = [descriptor for descriptor, _event in self._poll.poll(wait * 1000)]
        if ready == [self._runner.output] and time.monotonic() - self._read_at < _THICK_SECONDS:
            ready += [
                descriptor for descriptor, _event in self._poll_others.poll(GATHER_SECONDS * 1000)
            ]
        return ready

    def _plan(self) -> None:
        now = time.monotonic()
        if self._assignment.soft_timeout is not None:
            self._timeline.at(now + self._assignment.soft_timeout, Step.SOFT_TIMEOUT)
        if self._assignment.timeout is not None:
            self._timeline.at(now + self._assignment.timeout, Step.TIME_OUT)

    # What the runner says.

    def _read_output(self) -> None:
        for _block in range(BLOCKS_IN_A_ROW):
            # A short block says that the pipe was empty.
            if self._read_block() < BLOCK_BYTES:
                break
        self._read_at = time.monotonic()

    def _drain(self) -> None:
        """Read what the pipe holds, and no more: what cannot be killed may write for ever."""
        size = fcntl.fcntl(self._runner.output, fcntl.F_GETPIPE_SZ)
        for _block in range(size // BLOCK_BYTES + 1):
            if not self._read_block():
                break

    def _read_block(self) -> int:
        """Read a block, hand its lines over, and return its size."""
        try:
            block = os.read(self._runner.output, BLOCK_BYTES)
        except BlockingIOError:
            return 0
        if not block:
            self._forget(self._runner.output)
        self._hand_over(self._decoder.feed(block, time.time()))
        return len(block)

    def _hand_over(self, batches: list[Batch]) -> None:
        if batches:
            self._recorder.lines(batches)

    def _say(self, words: str, level: str = "warning") -> None:
        """Write a line of our own into the log."""
        self._hand_over([Batch(time.time(), Stream.SYSTEM, level, [words])])

    def _speak(self) -> None:
        if self._unsent:
            self._send()
        self._read_frames()

    def _send(self) -> None:
        """Send what is unsent of the start; a runner that does not read must not hold us up."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self._runner.control.send(self._unsent) :]
        except BlockingIOError:
            self._poll.modify(self._runner.control, select.POLLIN | select.POLLOUT)
            return
        except OSError:  # it has ended, and the keeper will say how
            self._unsent = memoryview(b"")
        self._poll.modify(self._runner.control, select.POLLIN)

    def _read_frames(self) -> None:
        for _block in range(BLOCKS_IN_A_ROW):
            try:
                data = self._runner.control.recv(BLOCK_BYTES)
            except BlockingIOError:
                break
            except OSError:  # it has ended, and the keeper will say how
                data = b""
            if not data:
                self._forget(self._runner.control.fileno())
                break
            for frame in self._frames.feed(data):
                self._take(frame)

    def _take(self, frame: Frame) -> None:
        if "artifact" in frame:
            self._recorder.artifact(frame["artifact"])
        elif "ending" not in frame:
            self._saved |= frame
        else:
            self.seen.frame = frame["ending"]
            self._stain = frame["stain"]
            self._is_over = True

    def _pass_on(self) -> None:
        """Hand over progress, checkpoint and trail, the newest of each, and not too often."""
        if (progress := self._runner.page.read()) is not None:
            self._recorder.progress(progress)
        now = time.monotonic()
        if self._saved and now - self._saved_at >= CHECKPOINT_SECONDS:
            saved, self._saved = self._saved, {}
            self._saved_at = now
            # In this order: the trail is never ahead of the state that was saved before them.
            if "checkpoint" in saved:
                self._recorder.checkpoint(saved["checkpoint"])
            if "trail" in saved:
                self._recorder.trail(saved["trail"])

    # What others say.

    def _look_for_end(self) -> None:
        # Who has had it killed has said so before.
        self._obey()
        self.seen.gone = self._keeper.end_of(self._runner)
        self._is_over = self._is_over or self.seen.gone is not None

    def _obey(self) -> None:
        given = self._orders.look()
        if self._is_over or given.order is self.seen.order.order:
            return
        if given.order > Order.CANCEL:
            self._end()
        self.seen.order = given
        if given.order is Order.HAND_BACK:
            self._runner.interrupt(interrupt.HAND_BACK)
        elif given.order is Order.CANCEL:
            self._say(_("The run is being cancelled: the job is asked to stop."))
            self._timeline.plan_ladder(time.monotonic(), self._assignment.cancel_grace)

    def _end(self) -> None:
        """Let the attempt be killed; the last step of a cancel that has begun."""
        self._is_over = True
        if self.seen.order.order is Order.CANCEL:
            self._recorder.step(LadderStep.KILLED)

    # What time says.

    def _take_steps(self) -> None:
        while not self._is_over and (step := self._timeline.due(time.monotonic())) is not None:
            self._take_step(step)

    def _take_step(self, step: Step) -> None:
        if step in (Step.CANCEL, Step.SOFT_TIMEOUT):
            self._is_interrupted = True
            self._runner.interrupt(_SIGNALS[step])
            if step is Step.CANCEL:
                self._recorder.step(LadderStep.INTERRUPTED)
            else:
                words = _("The soft timeout of {seconds} s has passed: the job meets SoftTimeout.")
                self._say(words.format(seconds=f"{self._assignment.soft_timeout or 0:g}"))
        elif step is Step.TERMINATE:
            words = _("The job has not stopped within {seconds} s: its processes get SIGTERM.")
            self._say(words.format(seconds=f"{self._assignment.cancel_grace:g}"))
            self._keeper.terminate(self._runner)
            self._recorder.step(LadderStep.TERMINATED)
        else:
            self._end()
            if step is Step.KILL:
                self._say(_("The job has not stopped yet: its processes are killed."))
            self.seen.is_killed = step is Step.KILL
            self.seen.timeout = self._assignment.timeout if step is Step.TIME_OUT else None

    def _forget(self, descriptor: int) -> None:
        """Listen no more to what has been closed at the other end."""
        if self._on.pop(descriptor, None) is not None:
            self._poll.unregister(descriptor)
            if descriptor != self._runner.output:
                self._poll_others.unregister(descriptor)
