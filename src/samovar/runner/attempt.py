"""The runner's side of one attempt: load the params, call the job, put its end into a frame."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import os
import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, BinaryIO

from django.template.defaultfilters import filesizeformat
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from samovar.exceptions import Cancelled, HandedBack, InvalidParams, SoftTimeout, UnknownJob
from samovar.jobs import context, registry
from samovar.jobs.context import CurrentRun
from samovar.jobs.files import close
from samovar.jobs.job import Job
from samovar.jobs.retry import asked_wait
from samovar.runner import interrupt
from samovar.runner.capture import Capture
from samovar.runner.faults import fault_of
from samovar.runner.frames import Frame
from samovar.runner.json_text import NotJSON, json_text
from samovar.runner.page import PageWriter
from samovar.runtime import files
from samovar.types import Fault, Outcome, Stream

_FRAMES_OF_OURS = 3
"""Above the job's function in its traceback."""
_SHOWN_CHECKPOINT = 100
"""Characters of a checkpoint that the log shows."""


class RunContext:
    """What the job may say and ask. See samovar.jobs.context."""

    def __init__(
        self, start: Frame, page: PageWriter, send: Callable[[Frame], None], capture: Capture
    ) -> None:
        self.run = CurrentRun(
            uuid.UUID(start["run_id"]), start["job"], start["attempt"], start["max_attempts"]
        )
        self.report = page.report
        self._checkpoint: str | None = start["checkpoint"]
        self._is_inherited = self._checkpoint is not None
        self._trail: str | None = start["trail"]
        self._send = send
        self._records = capture.records

    def checkpoint(self, state: str) -> None:
        """Hand `state` to the supervisor."""
        self._checkpoint, self._is_inherited = state, False
        self._send({"checkpoint": state})

    def last_checkpoint(self) -> str | None:
        """Return what was saved last; the log says so of what another attempt has saved."""
        if self._is_inherited:
            self._is_inherited = False
            shown = Truncator(self._checkpoint or "").chars(_SHOWN_CHECKPOINT)
            self.say(_("Goes on from the checkpoint {state}").format(state=shown), "info")
        return self._checkpoint

    def keep_file(self, name: str, content: BinaryIO) -> None:
        """Store the file, and tell the supervisor where."""
        stored = files.store(self.run.id, name, content)
        self._send({"artifact": {**asdict(stored), "attempt": self.run.attempt}})
        size = filesizeformat(stored.size)
        self.say(_("Artifact: %(name)s (%(size)s)") % {"name": name, "size": size}, "info")

    def keep_trail(self, trail: str) -> None:
        """Hand `trail` to the supervisor."""
        self._trail = trail
        self._send({"trail": trail})

    def last_trail(self) -> str | None:
        """Return the trail that was kept last."""
        return self._trail

    def say(self, text: str, level: str) -> None:
        """Write a line of ours into the log."""
        self._records.end_line()
        self._records.say(Stream.SYSTEM, level, text)


def perform(
    start: Frame, page: PageWriter, send: Callable[[Frame], None], capture: Capture
) -> Frame:
    """Perform the attempt that `start` describes; return the frame that says how it ended."""
    process = os.getpid()
    context.enter(RunContext(start, page, send, capture))
    try:
        ending = _perform(start, capture)
    finally:
        context.leave()
    if os.getpid() != process:
        # The job forked and let the child come back here: it has nothing to say to the supervisor.
        capture.flush()
        os._exit(0)
    capture.flush()
    return ending


def _perform(start: Frame, capture: Capture) -> Frame:
    try:
        job = registry.get(start["job"])
        arguments = job.signature.load(start["params"])
    except (UnknownJob, InvalidParams) as error:
        fault = Fault(type(error).__qualname__, str(error))
        return _failed(fault, capture, retryable=False)
    words = {
        interrupt.CANCEL: _("The run was cancelled."),
        interrupt.SOFT_TIMEOUT: _("The soft timeout of %(seconds)g s has passed.")
        % {"seconds": start["soft_timeout"] or 0},
    }
    try:
        value = _call_armed(job, arguments, words)
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are errors of the job too
        interrupt.disarm()
        return _raised(job, error, capture)
    finally:
        close(arguments)
    try:
        return {"outcome": Outcome.SUCCEEDED, "result": json_text(value)}
    except NotJSON as error:
        return _failed(Fault("ResultNotJSON", str(error)), capture, retryable=False)


def _call_armed(job: Job[..., Any], arguments: dict[str, Any], words: dict[int, str]) -> Any:
    """Call the job; a cancel or a soft timeout raises in it, and only in it."""
    try:
        interrupt.arm(words)
        return contextvars.copy_context().run(_call, job.function, arguments)
    finally:
        interrupt.disarm()


def _call(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    value = function(**arguments)
    return asyncio.run(value) if inspect.iscoroutine(value) else value


def _raised(job: Job[..., Any], error: BaseException, capture: Capture) -> Frame:
    if isinstance(error, HandedBack):
        return {"outcome": Outcome.RELEASED, "reason": str(error)}
    fault = fault_of(error, skip=_FRAMES_OF_OURS)
    if isinstance(error, Cancelled):
        ending = _failed(fault, capture, retryable=False, say=False)
        return ending | {"outcome": Outcome.CANCELLED}
    if isinstance(error, SystemExit):
        words = _("The job ended itself by SystemExit(%(code)s).") % {"code": fault.message}
        fault = Fault(fault.type, words, fault.traceback)
    retryable = job.retry.covers(error)
    ending = _failed(fault, capture, retryable=retryable)
    ending["retry_after"] = asked_wait(error)
    return ending | ({"outcome": Outcome.TIMED_OUT} if isinstance(error, SoftTimeout) else {})


def _failed(fault: Fault, capture: Capture, *, retryable: bool, say: bool = True) -> Frame:
    if say:
        capture.records.end_line()
        text = fault.traceback.rstrip("\n") or f"{fault.type}: {fault.message}"
        capture.records.say(Stream.STDERR, "error", text)
    return {
        "outcome": Outcome.FAILED,
        "fault": [fault.type, fault.message, fault.traceback],
        "retryable": retryable,
    }
