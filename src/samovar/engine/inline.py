"""An engine without workers, for a project's own tests: runs are performed in this process.

It begins as soon as the submit is committed, in the thread that would talk to the broker. What the
body prints becomes the log. Nothing is isolated and nothing is killed: no timeouts, no cancel. A
run that waits for a retry or for its time goes on waiting, because nobody does the upkeep.
"""

from __future__ import annotations

import contextlib
import io
import os
import socket
import time
import uuid
from dataclasses import asdict
from typing import BinaryIO

from samovar import brand, transactions
from samovar.engine.celery.carrier import CeleryEngine
from samovar.exceptions import Cancelled, Interrupted, InvalidParams, SoftTimeout, UnknownJob
from samovar.jobs import context, registry
from samovar.jobs.context import CurrentRun
from samovar.jobs.files import close
from samovar.jobs.retry import asked_wait
from samovar.models import Worker
from samovar.runner.faults import fault_of
from samovar.runner.json_text import NotJSON, json_text
from samovar.runtime import files
from samovar.runtime.claim import Claimed, Holder, claim
from samovar.runtime.publisher import Hint
from samovar.runtime.recorder import Recorder
from samovar.runtime.settle import settle_now
from samovar.types import Batch, Ending, Fault, Outcome, Progress, Stream

NAME = "inline"


class InlineEngine(CeleryEngine):
    """Performs a run where its message would have been sent; jobs are Celery tasks too."""

    def load(self) -> None:
        """Do nothing: there is no broker."""

    def publish(self, hint: Hint) -> None:
        """Perform the run here and now."""
        with transactions.write():
            claimed = claim(
                hint.run_id,
                token=uuid.uuid4(),
                holder=_holder(),
                pid=os.getpid(),
                brand=brand.new_brand(),
            )
        if claimed is not None:
            recorder = Recorder(None, claimed)
            ending = _perform(claimed, recorder)
            with transactions.write():
                settle_now(claimed, ending, recorder)

    def depth(self, queue: str) -> int | None:  # noqa: ARG002 - the protocol's
        """Return None: there is no broker."""
        return None

    def ping(self, seconds: float) -> None:
        """Do nothing: there is no broker."""


class InlineContext:
    """What the body may say and ask. See samovar.jobs.context."""

    def __init__(self, claimed: Claimed, recorder: Recorder) -> None:
        self.run = CurrentRun(claimed.run_id, claimed.job, claimed.attempt, claimed.max_attempts)
        self._checkpoint = claimed.checkpoint
        self._trail = claimed.trail
        self._recorder = recorder

    def report(self, done: float | None, total: float | None, text: str) -> None:
        """Keep how far the attempt is."""
        self._recorder.progress(Progress(done, total, text))

    def checkpoint(self, state: str) -> None:
        """Keep what a next attempt may go on from."""
        self._checkpoint = state
        self._recorder.checkpoint(state)

    def keep_file(self, name: str, content: BinaryIO) -> None:
        """Store the file."""
        stored = files.store(self.run.id, name, content)
        self._recorder.artifact({**asdict(stored), "attempt": self.run.attempt})

    def last_checkpoint(self) -> str | None:
        """Return what was saved last."""
        return self._checkpoint

    def keep_trail(self, trail: str) -> None:
        """Keep where the resumable loops stand."""
        self._trail = trail
        self._recorder.trail(trail)

    def last_trail(self) -> str | None:
        """Return the trail that was kept last."""
        return self._trail

    def say(self, text: str, level: str) -> None:
        """Write a line of ours into the log."""
        self._recorder.lines([Batch(time.time(), Stream.SYSTEM, level, text.splitlines())])


def _perform(claimed: Claimed, recorder: Recorder) -> Ending:
    said = io.StringIO()
    context.enter(InlineContext(claimed, recorder))
    try:
        with contextlib.redirect_stdout(said):
            return _call(claimed)
    finally:
        context.leave()
        if texts := said.getvalue().splitlines():
            recorder.lines([Batch(time.time(), Stream.STDOUT, "info", texts)])


def _call(claimed: Claimed) -> Ending:
    try:
        job = registry.get(claimed.job)
        arguments = job.signature.load(claimed.params)
    except (UnknownJob, InvalidParams) as error:
        fault = Fault(type(error).__qualname__, str(error))
        return Ending(Outcome.FAILED, fault=fault, retryable=False)
    try:
        value = job.function(**arguments)
    except (Exception, SystemExit, Interrupted) as error:  # noqa: BLE001 - the body may raise anything
        fault = fault_of(error, skip=1)
        covers, wait = job.retry.covers(error), asked_wait(error)
        return Ending(_outcome(error), fault=fault, retryable=covers, retry_after=wait)
    finally:
        close(arguments)
    try:
        return Ending(Outcome.SUCCEEDED, result=json_text(value))
    except NotJSON as error:
        return Ending(Outcome.FAILED, fault=Fault("ResultNotJSON", str(error)), retryable=False)


def _outcome(error: BaseException) -> Outcome:
    if isinstance(error, Cancelled):
        return Outcome.CANCELLED
    return Outcome.TIMED_OUT if isinstance(error, SoftTimeout) else Outcome.FAILED


def _holder() -> Holder:
    """Return this process as a worker whose lock nobody can judge: no rescuer touches its runs."""
    host = socket.gethostname()
    worker, _ = Worker.objects.get_or_create(
        name=f"{NAME}-{os.getpid()}",
        defaults={"host": host, "host_key": NAME, "pid": os.getpid(), "slots": 1},
    )
    return Holder(worker.pk, worker.name, host)


engine = InlineEngine()
